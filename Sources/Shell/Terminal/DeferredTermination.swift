import Glibc
import Synchronization

/// A part of the program that is not ended by a signal before it has tidied up.
enum DeferredTermination {
    private static let received = Atomic<Int32>(0)
    /// The program that runs meanwhile, to which the signal is passed on; 0 if there is none.
    static let otherProgram = Atomic<pid_t>(0)

    /// Runs `body`. A signal that would end this program ends the program that `body` waits for. This one ends by it when
    /// `body` has returned.
    static func run<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        received.store(0, ordering: .relaxed)
        let handlers = SignalHandlers([SIGTERM, SIGHUP]) { number in
            DeferredTermination.received.store(number, ordering: .relaxed)
            let pid = DeferredTermination.otherProgram.load(ordering: .relaxed)
            if pid > 0 { kill(pid, number) }
        }
        defer {
            handlers.restore()
            let number = received.exchange(0, ordering: .relaxed)
            if number != 0 { raise(number) }
        }
        return try body()
    }
}
