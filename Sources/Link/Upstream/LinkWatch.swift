import NIOCore

/// Tells a server when a link's other end must be gone, as a value without a clock: it is told of each tick.
///
/// A proxy asks its server by PING whenever the link is idle, so one that has asked goes on asking. How often, the server
/// learns from the silences that ended.
struct LinkWatch {
    static let tick = TimeAmount.seconds(5)
    /// A link may be silent for so many times the longest silence that ended, and for so many ticks in any case.
    private static let (patience, least) = (8, 12)
    /// Ticks that a link may be silent whose other end has said something but has never asked.
    private static let most = 720

    /// Ticks that a link may be silent on which nothing ever came.
    private let first: Int
    private var hasHeard = false
    private var hasSpoken = false
    private var hasAsked = false
    private var silence = 0
    private var longest = 0

    /// `idle`: the time after which a session ends that says nothing.
    init(idle: TimeAmount) {
        first = Int(max(idle.nanoseconds / Self.tick.nanoseconds, 1))
    }

    /// Octets came.
    mutating func heard() { hasHeard = true }

    /// The other end has asked whether this one lives.
    mutating func asked() { hasAsked = true }

    /// The owner calls this at each tick.
    ///
    /// - Returns: whether the link is to be closed.
    mutating func isGone() -> Bool {
        if hasHeard {
            longest = max(longest, silence)
            (silence, hasSpoken, hasHeard) = (0, true, false)
        } else {
            silence += 1
        }
        return silence > (hasAsked ? max(Self.least, longest * Self.patience) : hasSpoken ? Self.most : first)
    }
}
