import Glibc

/// Where a log gets its times from.
package struct AuditClock: Sendable {
    /// Milliseconds since 1970.
    package let now: @Sendable () -> Int64
    /// Nanoseconds that never go back.
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

/// A time as the log writes it, in UTC with milliseconds: `2026-11-24T14:11:44.123Z`.
enum AuditTime {
    static let count = 24

    /// - Parameter milliseconds: since 1970; what lies outside the years 0 to 9999 becomes the nearest that does not.
    static func put(_ milliseconds: Int64, to text: inout JSONText) {
        let bounded = min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999)
        let fraction = Int((bounded % 1000 + 1000) % 1000)
        var seconds = time_t((bounded - Int64(fraction)) / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        text.put(Int(parts.tm_year) + 1900, digits: 4)
        text.put("-")
        text.put(Int(parts.tm_mon) + 1, digits: 2)
        text.put("-")
        text.put(Int(parts.tm_mday), digits: 2)
        text.put("T")
        text.put(Int(parts.tm_hour), digits: 2)
        text.put(":")
        text.put(Int(parts.tm_min), digits: 2)
        text.put(":")
        text.put(Int(parts.tm_sec), digits: 2)
        text.put(".")
        text.put(fraction, digits: 3)
        text.put("Z")
    }
}
