import Daemon
import Foundation
import Input

/// The user to whom a site's files belong. The commands that work on a site are run as that user: files that another one
/// made, root too, would keep the daemon from its own site.
///
/// It is asked before a command makes anything.
struct SiteOwner {
    private let path: String
    private let status: stat
    /// The group of the directory.
    private let group: gid_t
    /// Other groups that files of the site are given to.
    private let groups: [gid_t]

    /// The owner of the first of the files that is there, and otherwise of the directory.
    ///
    /// - Parameter names: paths in the directory.
    /// - Returns: nil when there is no such directory, or it cannot be looked into.
    init?(of names: [String], in directory: DataDirectory) {
        let paths = names.map { $0.hasPrefix("/") ? $0 : directory.file($0) } + [directory.path]
        guard let (path, status) = paths.lazy.compactMap({ path in Self.status(path).map { (path, $0) } }).first else {
            return nil
        }
        (self.path, self.status) = (path, status)
        group = Self.status(directory.path)?.st_gid ?? status.st_gid
        groups = Set(["root.key", "token.key"].compactMap { Self.status(directory.file($0))?.st_gid })
            .subtracting([group]).sorted()
    }

    /// - Parameters:
    ///   - command: the words that are named as the command to run, after the program's name.
    /// - Throws: `StartError` if this process is another user's; it names the command that the user would run.
    func requireThisUser(toRun command: [String] = Claverod.words) throws(StartError) {
        guard status.st_uid != geteuid() else { return }
        let words = (["claverod"] + command).map(Self.quoted).joined(separator: " ")
        guard let entry = getpwuid(status.st_uid) else {
            let user = status.st_uid
            let others =
                groups.isEmpty ? "--clear-groups" : "--groups \(groups.map(\.description).joined(separator: ","))"
            throw StartError(
                "\(path): belongs to user \(user); run it as that user: "
                    + "setpriv --reuid \(user) --regid \(group) \(others) -- \(words)")
        }
        let name = String(cString: entry.pointee.pw_name)
        throw StartError(
            "\(path): belongs to the user \(name); run it as that user: runuser -u \(Self.quoted(name)) -- \(words)")
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }

    /// The word as a shell takes it.
    private static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || "0123456789-_=/.:,@+".unicodeScalars.contains($0)
            }
        return isPlain ? word : "'\(word.replacing("'", with: #"'\''"#))'"
    }
}

extension DataDirectory {
    /// - Parameter names: the files that the command changes; the first that is there decides whose site it is.
    /// - Throws: `StartError` if the site belongs to another user than this process'.
    func requireOwner(of names: String...) throws(StartError) {
        try SiteOwner(of: names, in: self)?.requireThisUser()
    }
}
