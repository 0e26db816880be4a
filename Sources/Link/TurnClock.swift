import NIOCore

/// Ends the turn of a session or a link whose requests take longer than a `TurnBudget` supposes. The clock is read at one
/// request of four, and at the second.
struct TurnClock {
    private static let limit = TimeAmount.milliseconds(2)

    private var requests = 0
    private var start: NIODeadline?

    /// The owner calls this after each request. The time counts from the end of the second one, so that a turn of one
    /// request reads no clock.
    mutating func isUp() -> Bool {
        requests &+= 1
        if requests == 2 { start = .now() }
        guard requests & 3 == 0, let start else { return false }
        return .now() - start >= Self.limit
    }
}
