import NIOCore

/// The monotonic clock in one turn of a session or a link. A reading serves all who want to know the time: the last
/// reading of one request is the first of the next.
///
/// It also ends the turn of requests that take longer than a `TurnBudget` supposes.
package struct TurnClock {
    /// Nanoseconds.
    private static let limit: UInt64 = 2_000_000

    /// The last reading; 0 before the first one.
    private var last: UInt64 = 0
    /// Whether it was read since the last request.
    private var isFresh = false
    private var requests = 0
    private var start: UInt64 = 0

    package init() {}

    /// Reads the clock, in nanoseconds.
    @discardableResult
    package mutating func read() -> UInt64 {
        last = NIODeadline.now().uptimeNanoseconds
        isFresh = true
        return last
    }

    /// The last reading of the turn, or the first one if there was none.
    package mutating func latest() -> UInt64 { last == 0 ? read() : last }

    /// The owner calls this after each request. The time counts from the end of the second one, so that a turn of one
    /// request does not read the clock for this. If nobody else reads the clock, it is read at the second request and at
    /// one of four.
    package mutating func isUp() -> Bool {
        requests &+= 1
        defer { isFresh = false }
        guard requests == 2 || requests & 3 == 0 else { return false }
        if !isFresh { read() }
        if requests == 2 { start = last }
        return last - start >= Self.limit
    }
}
