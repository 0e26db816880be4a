import Glibc

/// The number of files that a process may have open. Each session is a file.
enum OpenFiles {
    private static let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

    /// Raises the limit of the harness, and of the programs that it starts, to the hard limit.
    static func allowAll() {
        var limit = rlimit()
        getrlimit(kind, &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(kind, &limit)
    }

    /// The number of sessions that a proxy can have if it needs two files for each.
    static var sessionsThroughAProxy: Int {
        var limit = rlimit()
        getrlimit(kind, &limit)
        return (Int(clamping: limit.rlim_cur) - 200) / 2
    }
}
