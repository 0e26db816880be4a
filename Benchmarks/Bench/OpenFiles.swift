import Glibc

/// How many files a process may have open. Sessions are files.
enum OpenFiles {
    private static let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

    /// Allows as many as may be, to the harness and to what it starts.
    static func allowAll() {
        var limit = rlimit()
        getrlimit(kind, &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(kind, &limit)
    }

    /// Sessions that a proxy can have that needs two files for each.
    static var sessionsThroughAProxy: Int {
        var limit = rlimit()
        getrlimit(kind, &limit)
        return (Int(clamping: limit.rlim_cur) - 200) / 2
    }
}
