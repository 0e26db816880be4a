import CGNU
import Glibc

/// The end of the harness by a signal: what it started is killed, what it wrote is removed.
enum Signals {
    /// To be called before any other thread is started, once. A thread waits for the signals instead of a handler, which
    /// could do little.
    static func atEnd(_ cleanUp: @escaping @Sendable () -> Void) {
        var wanted = sigset_t()
        sigemptyset(&wanted)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&wanted, signal) }
        pthread_sigmask(SIG_BLOCK, &wanted, nil)
        _ = Worker { [wanted] in
            var wanted = wanted
            var signal: Int32 = 0
            sigwait(&wanted, &signal)
            Children.killAll()
            cleanUp()
            _exit(128 + signal)
        }
    }
}

/// How many files a process may have open. Sessions are files.
enum OpenFiles {
    /// Allows so many to the harness and to what it starts, or as many as it may.
    static func allow(_ count: UInt) {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        var wanted = rlimit(rlim_cur: count, rlim_max: max(count, limit.rlim_max))
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &wanted) != 0 {
            wanted = rlimit(rlim_cur: min(count, limit.rlim_max), rlim_max: limit.rlim_max)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &wanted)
        }
    }
}
