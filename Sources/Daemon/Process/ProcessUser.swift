import CLinux
import Foundation
import Input
import POSIX

/// A user of the system that a process can become.
struct ProcessUser {
    private let name: String
    private let id: uid_t
    private let group: gid_t

    static var isRoot: Bool { geteuid() == 0 }

    init(named name: String) throws(StartError) {
        guard let entry = getpwnam(name) else {
            throw StartError("--user \(name): no such user", status: EX_CONFIG)
        }
        self.name = name
        (id, group) = (entry.pointee.pw_uid, entry.pointee.pw_gid)
    }

    /// Takes the user's id and groups, and no others, without a way back. It does nothing if the process already runs
    /// as that user.
    ///
    /// - Throws: `StartError` if the process is not root, or if the system refuses the change.
    func become() throws(StartError) {
        if getuid() == id, geteuid() == id { return }
        guard Self.isRoot else { throw failure("only root can become another user") }
        guard initgroups(name, group) == 0, setgid(group) == 0, setuid(id) == 0 else {
            throw failure(SystemError.phrase(errno))
        }
        guard hasNoWayBack else { throw failure("the process could become root again") }
        try ProcessHardening.forbidDumps()
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

    private func failure(_ reason: String) -> StartError {
        StartError("--user \(name): \(reason)", status: EX_NOPERM)
    }
}
