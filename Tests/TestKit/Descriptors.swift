import Glibc

/// The descriptors that the test process may have open.
///
/// Tests run side by side, each with files and sockets of its own, and 1,024 descriptors, the usual soft limit, are too
/// few for all of them. So the soft limit becomes the hard one. `make test` also bounds how many tests run at once.
enum Descriptors {
    /// Raises the soft limit the first time it is read.
    static let raised: Void = {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }()
}
