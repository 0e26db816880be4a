import Glibc

/// The times in a log, in UTC with milliseconds: `2026-11-24T14:11:44.123Z`.
enum AuditTime {
    static let count = 24

    /// - Parameter milliseconds: the time since 1970. A time outside the years 0 to 9999 becomes the nearest one in
    ///   them.
    static func put(_ milliseconds: Int64, to text: inout JSONWriter) {
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
