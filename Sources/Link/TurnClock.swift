import NIOCore

/// Ends the turn of a session or a link whose requests take longer than a `TurnBudget` supposes. The clock is read at one
/// request of four.
struct TurnClock {
    private static let limit = TimeAmount.milliseconds(2)

    private var requests = 0
    private var start: NIODeadline?

    /// The owner calls this after each request.
    mutating func isUp() -> Bool {
        requests &+= 1
        guard requests & 3 == 0 else { return false }
        let now = NIODeadline.now()
        guard let start else {
            start = now
            return false
        }
        return now - start >= Self.limit
    }
}
