import Glibc

/// The clocks of a log.
package struct AuditClock: Sendable {
    /// Returns the time in milliseconds since 1970.
    package let now: @Sendable () -> Int64
    /// Returns the nanoseconds of a clock that never goes back.
    package let uptime: @Sendable () -> UInt64

    package init(now: @escaping @Sendable () -> Int64, uptime: @escaping @Sendable () -> UInt64) {
        (self.now, self.uptime) = (now, uptime)
    }

    package static let system = AuditClock(
        now: {
            let time = read(CLOCK_REALTIME)
            return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        },
        uptime: {
            let time = read(CLOCK_MONOTONIC)
            return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        })

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        return time
    }
}
