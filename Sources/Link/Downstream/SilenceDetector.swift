import NIOCore

/// Decides when the other end of a link must be gone. A value without a clock: `tick` is called at each interval.
///
/// A proxy sends PING whenever the link is idle, so one that has done so continues to. The detector learns the interval
/// of its PINGs from the silences that ended.
struct SilenceDetector {
    static let interval = TimeAmount.seconds(5)
    /// `factor`: how many times the longest silence so far a link may be silent. `least`: the ticks that a link may
    /// be silent in any case.
    private static let (factor, least) = (8, 12)
    /// The ticks that a link may be silent after other bytes than PING.
    private static let most = 720

    /// The ticks that a link may be silent on which nothing ever came.
    private let first: Int
    private var hasHeard = false
    private var hasSpoken = false
    private var hasAsked = false
    private var silence = 0
    private var longest = 0

    /// `idle`: the time after which an idle session ends.
    init(idle: TimeAmount) {
        first = Int(max(idle.nanoseconds / Self.interval.nanoseconds, 1))
    }

    /// Notes that bytes came.
    mutating func heard() { hasHeard = true }

    /// Notes that the other end has sent PING.
    mutating func asked() { hasAsked = true }

    /// Notes that an interval has passed.
    ///
    /// - Returns: whether the link is to be closed.
    mutating func tick() -> Bool {
        if hasHeard {
            longest = max(longest, silence)
            (silence, hasSpoken, hasHeard) = (0, true, false)
        } else {
            silence += 1
        }
        return silence > (hasAsked ? max(Self.least, longest * Self.factor) : hasSpoken ? Self.most : first)
    }
}
