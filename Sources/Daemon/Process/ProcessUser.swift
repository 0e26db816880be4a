import CLinux
import Foundation
import Input
import POSIX

/// A user of the system that a process can become.
package struct ProcessUser {
    /// The text with which errors begin.
    private let origin: String
    private let id: uid_t
    private let group: gid_t
    private let groups: Groups
    /// The user's home directory; nil if the system does not know the user.
    private let home: String?

    /// The groups in addition to the user's own.
    private enum Groups {
        /// The groups that the system's group database has for the user with this name.
        case ofUser(named: String)
        case listed([gid_t])
    }

    package static var isRoot: Bool { geteuid() == 0 }

    /// Looks up the user that the option `--user` names.
    init(named name: String) throws(StartError) {
        guard let entry = getpwnam(name) else { throw StartError("--user \(name): no such user") }
        origin = "--user \(name)"
        (id, group, groups, home) = (entry.pointee.pw_uid, entry.pointee.pw_gid, .ofUser(named: name), nil)
    }

    /// Creates the user to whom files belong.
    ///
    /// - Parameters:
    ///   - path: The file that belongs to the user. Errors name it.
    ///   - group: The group that the process gets if the system has no entry for the user.
    ///   - others: The other groups that the process gets then.
    package init(owning path: String, id: uid_t, group: gid_t, others: [gid_t]) {
        origin = path
        self.id = id
        guard let entry = getpwuid(id) else {
            (self.group, groups, home) = (group, .listed(others), nil)
            return
        }
        self.group = entry.pointee.pw_gid
        groups = .ofUser(named: String(cString: entry.pointee.pw_name))
        home = String(cString: entry.pointee.pw_dir)
    }

    /// Takes the user's id and groups, and no others, without a way back. It does nothing if the process already runs
    /// as that user.
    ///
    /// - Throws: `StartError` if the process is not root, or if the system refuses the change.
    package func become() throws(StartError) {
        if getuid() == id, geteuid() == id { return }
        guard Self.isRoot else { throw failure("only root can become another user") }
        guard setGroups() == 0, setgid(group) == 0, setuid(id) == 0 else {
            throw failure("cannot become user \(id): \(SystemError.phrase(errno))")
        }
        guard hasNoWayBack else { throw failure("the process could become root again") }
        // Libraries look for files of the user there, such as libpq for its passwords.
        if let home { setenv("HOME", home, 1) }
        try ProcessHardening.forbidDumps()
    }

    private func setGroups() -> Int32 {
        switch groups {
        case .ofUser(let name): initgroups(name, group)
        case .listed(let groups): setgroups(groups.count, groups)
        }
    }

    /// Whether the real, effective and saved ids are the user's, and root's ids cannot be taken again.
    private var hasNoWayBack: Bool {
        var (real, effective, saved) = (uid_t(), uid_t(), uid_t())
        var (realGroup, effectiveGroup, savedGroup) = (gid_t(), gid_t(), gid_t())
        guard getresuid(&real, &effective, &saved) == 0, [real, effective, saved].allSatisfy({ $0 == id }),
            getresgid(&realGroup, &effectiveGroup, &savedGroup) == 0,
            [realGroup, effectiveGroup, savedGroup].allSatisfy({ $0 == group })
        else { return false }
        return setuid(0) != 0 && seteuid(0) != 0 && (group == 0 || setgid(0) != 0)
    }

    private func failure(_ reason: String) -> StartError { StartError("\(origin): \(reason)", .permission) }
}
