import Dispatch
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
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        }, uptime: { DispatchTime.now().uptimeNanoseconds })
}

/// A time as the log writes it, in UTC with milliseconds: `2026-11-24T14:11:44.123Z`.
enum AuditTime {
    static let count = 24

    /// - Parameter milliseconds: since 1970; what lies outside the years 0 to 9999 becomes the nearest that does not.
    static func text(_ milliseconds: Int64) -> String {
        let bounded = min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999)
        let fraction = (bounded % 1000 + 1000) % 1000
        var seconds = time_t((bounded - fraction) / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date = [digits(parts.tm_year + 1900, 4), digits(parts.tm_mon + 1, 2), digits(parts.tm_mday, 2)]
        let clock = [digits(parts.tm_hour, 2), digits(parts.tm_min, 2), digits(parts.tm_sec, 2)]
        return "\(date.joined(separator: "-"))T\(clock.joined(separator: ":")).\(digits(Int32(fraction), 3))Z"
    }

    private static func digits(_ number: Int32, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: count - text.utf8.count) + text
    }
}
