import Logging

/// Counts the lines of each cause within a minute, and decides which of them are written.
///
/// A minute begins with the first line of its cause. If lines were left out, one line reports their number at the end
/// of the minute. That line counts as the first line of the next minute.
struct LogLimiter {
    /// The cause of a line. Few lines a minute are written for one cause.
    struct Cause: Hashable, Sendable {
        let level: Logger.Level
        let message: String
        /// The names and values that distinguish this cause from others with the same message: a name, its value, the
        /// next name, its value, and the rest.
        let fields: [String]

        init(_ level: Logger.Level, _ message: String, _ fields: [(String, String)] = []) {
            (self.level, self.message) = (level, message)
            self.fields = fields.flatMap { [$0, $1] }
        }

        /// The names and values as pairs.
        var pairs: [(String, String)] {
            stride(from: 0, to: fields.count - 1, by: 2).map { (fields[$0], fields[$0 + 1]) }
        }

        /// The common cause of all lines whose own cause is not counted, because the limit of causes is reached.
        static let others = Cause(.warning, "other lines")
    }

    private struct MinuteCount {
        let end: ContinuousClock.Instant
        var lines: Int
        var leftOut = 0
    }

    private static let length = Duration.seconds(60)

    private let limit: Int
    private var minutes: [Cause: MinuteCount] = [:]
    /// The end of the minute that ends first; nil if no minute is running.
    private(set) var nextEnd: ContinuousClock.Instant?

    /// Creates a limiter that counts up to `limit` causes separately.
    init(limit: Int = 500) {
        self.limit = limit
    }

    /// Returns whether a line of that cause is to be written. The caller must first end the minutes that are over:
    /// see `ended(at:)`.
    mutating func admits(_ cause: Cause, most: Int, at now: ContinuousClock.Instant) -> Bool {
        let cause = minutes[cause] != nil || minutes.count < limit ? cause : .others
        guard var minute = minutes[cause] else {
            begin(cause, lines: 1, at: now)
            return true
        }
        let isAdmitted = minute.lines < most
        if isAdmitted { minute.lines += 1 } else { minute.leftOut += 1 }
        minutes[cause] = minute
        return isAdmitted
    }

    /// Ends the minutes that are over at `now`. Returns the causes of which lines were left out in them, with the
    /// number of those lines.
    mutating func ended(at now: ContinuousClock.Instant) -> [(cause: Cause, leftOut: Int)] {
        guard let nextEnd, nextEnd <= now else { return [] }
        let ended = minutes.filter { $0.value.end <= now }
        let told = ended.filter { $0.value.leftOut > 0 }
        for cause in ended.keys { minutes[cause] = nil }
        for cause in told.keys { minutes[cause] = MinuteCount(end: now + Self.length, lines: 1) }
        self.nextEnd = minutes.values.map(\.end).min()
        return told.map { ($0.key, $0.value.leftOut) }
    }

    /// Ends all minutes. Returns the causes of which lines were left out, with the number of those lines.
    mutating func end() -> [(cause: Cause, leftOut: Int)] {
        defer { (minutes, nextEnd) = ([:], nil) }
        return minutes.filter { $0.value.leftOut > 0 }.map { ($0.key, $0.value.leftOut) }
    }

    private mutating func begin(_ cause: Cause, lines: Int, at now: ContinuousClock.Instant) {
        let minute = MinuteCount(end: now + Self.length, lines: lines)
        minutes[cause] = minute
        nextEnd = min(nextEnd ?? minute.end, minute.end)
    }
}
