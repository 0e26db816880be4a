import Daemon
import Foundation
import Input

/// The user to whom a site's files belong. Commands that work on a site run as that user, because the daemon could not
/// open files that another user makes, and root is no exception. A command that root starts becomes that user.
///
/// A command does this before it reads or makes anything.
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

    /// Makes this process run as the owner, with the owner's groups. It cannot become root again.
    ///
    /// - Throws: `StartError` if the process runs neither as root nor as the owner.
    func become() throws(StartError) {
        guard status.st_uid != geteuid() else { return }
        guard ProcessUser.isRoot else {
            throw StartError("\(path): belongs to \(name); run the command as that user, or as root", .permission)
        }
        try ProcessUser(owning: path, id: status.st_uid, group: group, others: groups).become()
    }

    private var name: String {
        guard let entry = getpwuid(status.st_uid) else { return "user \(status.st_uid)" }
        return "the user \(String(cString: entry.pointee.pw_name))"
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}

extension DataDirectory {
    /// Makes this process run as the owner of the site.
    ///
    /// - Parameter names: The files that the command changes. The first one that exists decides to whom the site
    ///   belongs.
    /// - Throws: `StartError` if the directory does not exist, or if the process runs neither as root nor as the owner.
    func becomeOwner(of names: String...) throws(StartError) {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw StartError("\(path): no such directory; \(Self.hint)", .input)
        }
        guard isDirectory.boolValue else {
            throw StartError("\(path): not a directory; name the data directory itself", .input)
        }
        try SiteOwner(of: names, in: self)?.become()
    }
}
