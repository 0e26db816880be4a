import Daemon
import Foundation
import Input

/// The user to whom a site's files belong. Commands that work on a site must run as that user. The daemon could
/// not open files that another user makes, and root is no exception.
///
/// A command checks the user before it makes anything.
struct SiteOwner {
    private let path: String
    private let status: stat
    /// The group of the directory.
    private let group: gid_t
    /// The other groups that files of the site belong to.
    private let groups: [gid_t]

    /// Finds the owner of the first file that exists, or of the directory if none does. The result is nil if the
    /// directory does not exist or cannot be examined.
    ///
    /// - Parameter names: Paths relative to the directory, or absolute ones.
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

    /// Checks that this process runs as the owner.
    ///
    /// - Parameter command: The words of the command, without the program's name. The error shows them.
    /// - Throws: `StartError` if the process runs as another user. It shows the command that switches to the owner.
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

    /// Returns a word in the form that a shell reads.
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
    /// Checks that this process runs as the owner of the site.
    ///
    /// - Parameter names: The files that the command changes. The first one that exists decides to whom the site
    ///   belongs.
    /// - Throws: `StartError` if the site belongs to another user.
    func requireOwner(of names: String...) throws(StartError) {
        try SiteOwner(of: names, in: self)?.requireThisUser()
    }
}
