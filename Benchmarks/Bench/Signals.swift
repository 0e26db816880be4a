import CGNU
import Glibc

/// The end of the harness by a signal. The processes that it started are killed, and the files that it wrote are
/// removed.
enum Signals {
    /// Makes signals end the harness. It must be called once, before any other thread is started. A thread waits for
    /// the signals, because a signal handler could do little.
    static func atEnd(_ cleanUp: @escaping @Sendable () -> Void) {
        var wanted = sigset_t()
        sigemptyset(&wanted)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&wanted, signal) }
        pthread_sigmask(SIG_BLOCK, &wanted, nil)
        _ = Worker { [wanted] in
            var wanted = wanted
            var signal: Int32 = 0
            sigwait(&wanted, &signal)
            Children.killAll {
                cleanUp()
                _exit(128 + signal)
            }
        }
    }
}
