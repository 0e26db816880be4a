import Glibc
import NIOCore
import Synchronization

/// The monotonic clock, in nanoseconds.
enum MonotonicClock {
    static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}

/// Ctrl-C while something is waited for: it ends the wait, not the program.
enum Interrupt {
    /// How a wait ended.
    enum Outcome<Value: Sendable>: Sendable {
        case value(Value)
        case late
        /// Ctrl-C was pressed.
        case stopped
    }

    /// How often somebody who waits may show that he does, in nanoseconds.
    private static let tickInterval = 100_000_000
    /// No wait for the semaphore is longer, so that its end can be told by any clock.
    private static let longestPause = 3_600_000_000_000

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

    /// Whether Ctrl-C was pressed since the last time that this was asked, or a wait was ended by it.
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
        let place = Place(future)
        while true {
            switch try wait(for: place, until: MonotonicClock.now() + tickInterval) {
            case .value(let value): return value
            case .stopped: return nil
            case .late: tick()
            }
        }
    }

    /// What `future` comes to, unless the clock shows `end` first.
    static func wait<Value: Sendable>(
        for future: EventLoopFuture<Value>, until end: Int
    ) throws -> Outcome<Value> {
        try wait(for: Place(future), until: end)
    }

    /// Waits until the clock shows `end`; false when Ctrl-C comes first.
    static func sleep(until end: Int) -> Bool {
        while !take() {
            guard pause(until: end) else { return true }
        }
        return false
    }

    private static func wait<Value>(for place: Place<Value>, until end: Int) throws -> Outcome<Value> {
        while true {
            if let result = place.result.withLock({ $0 }) { return .value(try result.get()) }
            if take() { return .stopped }
            guard pause(until: end) else { return .late }
        }
    }

    /// Where the result of what is waited for comes to stand.
    private final class Place<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, any Error>?>(nil)

        init(_ future: EventLoopFuture<Value>) {
            future.whenComplete { [self] result in
                self.result.withLock { $0 = result }
                sem_post(woken)
            }
        }
    }

    /// Waits for the semaphore; false when the clock shows `end`.
    private static func pause(until end: Int) -> Bool {
        let rest = end - MonotonicClock.now()
        guard rest > 0 else { return false }
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        let nanoseconds = deadline.tv_nsec + min(rest, longestPause)
        deadline.tv_sec += nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        sem_timedwait(woken, &deadline)
        return true
    }

    private static let raise: @convention(c) (Int32) -> Void = { _ in
        let error = errno
        isRaised.store(true, ordering: .relaxed)
        sem_post(woken)
        errno = error
    }
}
