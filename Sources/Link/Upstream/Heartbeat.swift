/// Finds out whether the other end of a link still lives, as a value without a clock: it is told of each tick, of which
/// there are four in the time that a link may be silent, and says what to do.
///
/// Only who is asked owes a word: an idle link is asked every other tick, one that talks is never asked.
struct Heartbeat {
    enum Action: Equatable {
        case nothing
        case ask
        /// It has not said anything for too long.
        case giveUp
    }

    /// Ticks in the time that a link may be silent.
    static let ticks = 4

    private var hasHeard = false
    /// Ticks since it was asked, that one among them.
    private var silence = 0

    /// Whether it has been asked and lets one wait: a reason to ask somebody else, and none to give it up.
    var isDoubtful: Bool { silence > 1 }

    /// Octets came.
    mutating func heard() { hasHeard = true }

    /// `hasMoved`: the other end takes what is written to it, which it does not answer before it has all of it.
    mutating func tick(hasMoved: Bool) -> Action {
        if hasHeard || hasMoved {
            hasHeard = false
            silence = 0
            return .nothing
        }
        silence += 1
        if silence == 1 { return .ask }
        return silence > Self.ticks ? .giveUp : .nothing
    }
}
