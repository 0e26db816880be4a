import CGNU
import Glibc

/// The end of the harness by a signal: what it started is killed, what it wrote is removed.
enum Signals {
    /// To be called before any other thread is started, once. A thread waits for the signals instead of a handler,
    /// which could do little.
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
