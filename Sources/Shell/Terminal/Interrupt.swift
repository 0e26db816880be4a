import Glibc
import NIOCore
import Synchronization

/// Ctrl-C while something is waited for: it ends the wait, not the program.
enum Interrupt {
    /// Posted when a wait may be over. The only thing that a signal handler can do for another thread is to post one.
    nonisolated(unsafe) private static let woken: UnsafeMutablePointer<sem_t> = {
        let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
        return semaphore
    }()
    private static let isRaised = Atomic(false)

    /// Runs `body`, in which Ctrl-C ends waits and nothing else.
    static func caught<Result, Failure: Error>(
        during body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        _ = woken
        let previous = signal(SIGINT, raise)
        defer { signal(SIGINT, previous) }
        return try body()
    }

    /// Whether Ctrl-C was pressed since the last time that this was asked.
    static func take() -> Bool {
        isRaised.exchange(false, ordering: .relaxed)
    }

    /// Leaves it to the next wait that Ctrl-C was pressed.
    static func leave() {
        isRaised.store(true, ordering: .relaxed)
    }

    /// What `future` comes to; nil when Ctrl-C came first. `tick` is called now and then while it is waited for.
    static func wait<Value: Sendable>(
        for future: EventLoopFuture<Value>, tick: () -> Void = {}
    ) throws -> Value? {
        let outcome = Outcome<Value>()
        future.whenComplete { result in
            outcome.result.withLock { $0 = result }
            sem_post(woken)
        }
        while true {
            if let result = outcome.result.withLock({ $0 }) { return try result.get() }
            if take() { return nil }
            var deadline = nextTick()
            if sem_timedwait(woken, &deadline) != 0, errno == ETIMEDOUT { tick() }
        }
    }

    /// A tenth of a second from now.
    private static func nextTick() -> timespec {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let nanoseconds = time.tv_nsec + 100_000_000
        return timespec(tv_sec: time.tv_sec + nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
    }

    private final class Outcome<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, any Error>?>(nil)
    }

    private static let raise: @convention(c) (Int32) -> Void = { _ in
        isRaised.store(true, ordering: .relaxed)
        sem_post(woken)
    }
}
