import Logging

/// Counts the lines of each cause in a minute, and says which of them are written.
///
/// A minute begins with the first line of its cause. At its end one line tells how many were left out, and stands for the
/// first of the next minute.
struct LogLimiter {
    /// The cause of a line. Few lines a minute are written for one cause.
    struct Cause: Hashable, Sendable {
        let level: Logger.Level
        let message: String
        /// The names and values that tell this cause from others with the same message, one after another.
        let fields: [String]

        init(_ level: Logger.Level, _ message: String, _ fields: [(String, String)] = []) {
            (self.level, self.message) = (level, message)
            self.fields = fields.flatMap { [$0, $1] }
        }

        /// The names and values.
        var pairs: [(String, String)] {
            stride(from: 0, to: fields.count - 1, by: 2).map { (fields[$0], fields[$0 + 1]) }
        }

        /// All those for which there is no room.
        static let others = Cause(.warning, "other lines")
    }

    private struct Minute {
        let end: ContinuousClock.Instant
        var lines: Int
        var leftOut = 0
    }

    private static let length = Duration.seconds(60)

    private let limit: Int
    private var minutes: [Cause: Minute] = [:]
    /// The end of the minute that ends first; nil when there is none.
    private(set) var nextEnd: ContinuousClock.Instant?

    /// `limit`: causes that are told from each other.
    init(limit: Int = 500) {
        self.limit = limit
    }

    /// Whether a line of that cause is to be written. To be called when no minute has ended: see `ended(at:)`.
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

    /// The causes of which lines were left out in minutes that have ended, and how many.
    mutating func ended(at now: ContinuousClock.Instant) -> [(cause: Cause, leftOut: Int)] {
        guard let nextEnd, nextEnd <= now else { return [] }
        let ended = minutes.filter { $0.value.end <= now }
        let told = ended.filter { $0.value.leftOut > 0 }
        for cause in ended.keys { minutes[cause] = nil }
        for cause in told.keys { minutes[cause] = Minute(end: now + Self.length, lines: 1) }
        self.nextEnd = minutes.values.map(\.end).min()
        return told.map { ($0.key, $0.value.leftOut) }
    }

    /// Ends all minutes.
    mutating func end() -> [(cause: Cause, leftOut: Int)] {
        defer { (minutes, nextEnd) = ([:], nil) }
        return minutes.filter { $0.value.leftOut > 0 }.map { ($0.key, $0.value.leftOut) }
    }

    private mutating func begin(_ cause: Cause, lines: Int, at now: ContinuousClock.Instant) {
        let minute = Minute(end: now + Self.length, lines: lines)
        minutes[cause] = minute
        nextEnd = min(nextEnd ?? minute.end, minute.end)
    }
}
