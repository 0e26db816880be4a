/// Decides when to ask the other end of a link whether it is alive, and when to give it up. A value without a clock:
/// `tick` is called four times in the time that a link may be silent.
///
/// Only an end that was asked has to answer. An idle link is asked at every other tick, and a busy link never.
struct Heartbeat {
    enum Action: Equatable {
        case nothing
        case ask
        /// The other end has been silent for too long.
        case giveUp
    }

    /// The number of ticks in the time that a link may be silent.
    static let ticks = 4

    private var hasHeard = false
    /// The ticks since the other end was asked, including that one.
    private var silence = 0

    /// Whether the other end was asked and has not answered by the next tick. Then other servers are preferred, but the
    /// link is not given up.
    var isSuspect: Bool { silence > 1 }

    /// Notes that bytes came.
    mutating func heard() { hasHeard = true }

    /// `hasMoved`: whether the other end has taken bytes that were written to it. It cannot answer a request before it
    /// has all of it.
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
