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

/// Ctrl-C as an end that is waited for together with other things.
enum StopSignal {
    /// How a wait ended.
    enum Outcome<Value: Sendable>: Sendable {
        case value(Value)
        case late
        /// Ctrl-C was pressed.
        case stopped
    }

    /// Something is written to it whenever a wait may be over: all that a signal handler can do for another thread.
    private static let pipe: (read: Int32, write: Int32) = {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { fatalError("no pipe: \(String(cString: strerror(errno)))") }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        return (ends[0], ends[1])
    }()
    private static let isRaised = Atomic(false)

    /// From now on Ctrl-C ends waits, and not the program.
    static func prepare() {
        _ = pipe
        signal(SIGINT, raise)
    }

    /// What `future` comes to, unless the clock shows `end` first.
    static func wait<Value: Sendable>(
        for future: EventLoopFuture<Value>, until end: Int
    ) throws -> Outcome<Value> {
        let place = Place<Value>()
        future.whenComplete { result in
            place.result.withLock { $0 = result }
            wake()
        }
        while true {
            if let result = place.result.withLock({ $0 }) { return .value(try result.get()) }
            if isRaised.load(ordering: .relaxed) { return .stopped }
            guard pause(until: end) else { return .late }
        }
    }

    /// Waits until the clock shows `end`; false when Ctrl-C comes first.
    static func sleep(until end: Int) -> Bool {
        while !isRaised.load(ordering: .relaxed) {
            guard pause(until: end) else { return true }
        }
        return false
    }

    private final class Place<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, any Error>?>(nil)
    }

    /// Waits for something in the pipe; false when the clock shows `end`.
    private static func pause(until end: Int) -> Bool {
        let rest = end - MonotonicClock.now()
        guard rest > 0 else { return false }
        var event = pollfd(fd: pipe.read, events: Int16(POLLIN), revents: 0)
        poll(&event, 1, Int32(clamping: (rest + 999_999) / 1_000_000))
        var octets: [UInt8] = [0, 0, 0, 0]
        _ = read(pipe.read, &octets, octets.count)
        return true
    }

    private static func wake() {
        var octet: UInt8 = 0
        _ = write(pipe.write, &octet, 1)
    }

    private static let raise: @convention(c) (Int32) -> Void = { _ in
        let error = errno
        isRaised.store(true, ordering: .relaxed)
        wake()
        errno = error
    }
}
