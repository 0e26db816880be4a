import Glibc
import NIOCore
import Synchronization

/// The handling of Ctrl-C during waits: it ends the wait, and not the program.
enum Interrupt {
    /// The result of a wait.
    enum WaitResult<Value: Sendable>: Sendable {
        case value(Value)
        case timedOut
        /// The user pressed Ctrl-C.
        case interrupted
    }

    /// The time between two calls of `tick`, in nanoseconds.
    private static let tickInterval = 100_000_000
    /// The longest wait for the semaphore, in nanoseconds. Longer waits are divided, so that changes of the system
    /// clock matter little.
    private static let longestPause = 3_600_000_000_000

    /// A semaphore that is posted when a wait may be over. Posting it is the only way in which a signal handler may
    /// wake a thread.
    nonisolated(unsafe) private static let wakeUp: UnsafeMutablePointer<sem_t> = {
        let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
        return semaphore
    }()
    private static let isPending = Atomic(false)

    /// Runs `body` while Ctrl-C ends waits, also for a named pipe, and does nothing else.
    static func withHandler<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        _ = wakeUp
        let previous = SignalHandlers([SIGINT], restarts: false, handleSignal)
        defer { previous.restore() }
        return try body()
    }

    /// Returns whether Ctrl-C was pressed since the last call or the last interrupted wait.
    static func consume() -> Bool {
        isPending.exchange(false, ordering: .relaxed)
    }

    /// Whether a system call that failed with this error number is to be tried again: a signal interrupted it, and it was
    /// not Ctrl-C.
    static func isTransient(_ error: Int32) -> Bool { error == EINTR && !isPending.load(ordering: .relaxed) }

    /// Makes the next wait end at once, as if Ctrl-C was pressed during it.
    static func keepForNextWait() {
        isPending.store(true, ordering: .relaxed)
    }

    /// Waits for the value of `future`. Returns nil if Ctrl-C comes first.
    ///
    /// - Parameter tick: a function that is called about ten times a second during the wait.
    static func wait<Value: Sendable>(
        for future: EventLoopFuture<Value>, tick: () -> Void = {}
    ) throws -> Value? {
        let pending = PendingResult(future)
        while true {
            switch try wait(for: pending, until: MonotonicClock.now() + tickInterval) {
            case .value(let value): return value
            case .interrupted: return nil
            case .timedOut: tick()
            }
        }
    }

    /// Waits for the value of `future` until the monotonic clock shows `end`, in nanoseconds.
    static func wait<Value: Sendable>(
        for future: EventLoopFuture<Value>, until end: Int
    ) throws -> WaitResult<Value> {
        try wait(for: PendingResult(future), until: end)
    }

    /// Waits until the monotonic clock shows `end`, in nanoseconds. Returns false if Ctrl-C comes first.
    static func sleep(until end: Int) -> Bool {
        while !consume() {
            guard pause(until: end) else { return true }
        }
        return false
    }

    private static func wait<Value>(for pending: PendingResult<Value>, until end: Int) throws -> WaitResult<Value> {
        while true {
            if let result = pending.result.withLock({ $0 }) { return .value(try result.get()) }
            if consume() { return .interrupted }
            guard pause(until: end) else { return .timedOut }
        }
    }

    /// The result of a future, which wakes the waiting thread when it arrives.
    private final class PendingResult<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, any Error>?>(nil)

        init(_ future: EventLoopFuture<Value>) {
            future.whenComplete { [self] result in
                self.result.withLock { $0 = result }
                sem_post(wakeUp)
            }
        }
    }

    /// Waits for the semaphore. Returns false if the monotonic clock already shows `end`.
    private static func pause(until end: Int) -> Bool {
        let rest = end - MonotonicClock.now()
        guard rest > 0 else { return false }
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        let nanoseconds = deadline.tv_nsec + min(rest, longestPause)
        deadline.tv_sec += nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        sem_timedwait(wakeUp, &deadline)
        return true
    }

    private static let handleSignal: @convention(c) (Int32) -> Void = { _ in
        let error = errno
        isPending.store(true, ordering: .relaxed)
        sem_post(wakeUp)
        errno = error
    }
}
