import Glibc
import Input

/// The descriptors that this process may have open, and how they are divided.
package struct Descriptors: Sendable {
    /// The highest limit that is set. More is of no use, and programs that a daemon starts may try to close all
    /// possible descriptors.
    private static let most: rlim_t = 1 << 20

    /// Raises the soft limit to the hard one, which needs no privilege. A limit that cannot be raised stays as it is.
    package static func raiseLimit() {
        guard var limit = current else { return }
        let wanted = min(limit.rlim_max, most)
        guard limit.rlim_cur < wanted else { return }
        limit.rlim_cur = wanted
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// The least limit with which a daemon can start.
    private static let least: rlim_t = 64

    /// Checks that the limit lets a daemon start at all.
    static func requireEnough() throws(StartError) {
        guard let limit = current?.rlim_cur, limit < least else { return }
        throw StartError(
            "the limit of open files is \(limit), and a daemon needs at least \(least); raise it with ulimit -n, or with "
                + "LimitNOFILE= of the service")
    }

    private static var current: rlimit? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return limit
    }

    /// The number of connections that all clients together may have open.
    package let connections: Int
    /// The number of connections that one address may have. It is a quarter of all, so that three other addresses can
    /// have as many.
    package let ofOneAddress: Int

    /// Reads this process's limit. `reserved` is the number of descriptors that the daemon needs for everything but
    /// its clients.
    package init(reserved: Int) {
        self.init(limit: Self.current.map { Int(clamping: $0.rlim_cur) } ?? 1024, reserved: reserved)
    }

    init(limit: Int, reserved: Int) {
        connections = max(limit - min(reserved, limit / 2), 4)
        ofOneAddress = connections / 4
    }
}
