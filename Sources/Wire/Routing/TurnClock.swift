import NIOCore

/// The monotonic clock during one turn of a session or a link. All code in the turn shares each reading: the last
/// reading of one request is the first reading of the next.
///
/// The clock also ends a turn whose requests take longer than its `TurnBudget` assumes.
package struct TurnClock {
    /// The maximum duration of a turn, in nanoseconds.
    private static let limit: UInt64 = 2_000_000

    /// The last reading in nanoseconds; 0 before the first one.
    private var last: UInt64 = 0
    /// Whether the clock was read since the last request.
    private var isFresh = false
    private var requests = 0
    private var start: UInt64 = 0

    package init() {}

    /// Reads the clock, and returns the time in nanoseconds.
    @discardableResult
    package mutating func read() -> UInt64 {
        last = NIODeadline.now().uptimeNanoseconds
        isFresh = true
        return last
    }

    /// Returns the last reading of the turn in nanoseconds. It reads the clock if the turn has no reading yet.
    package mutating func latest() -> UInt64 { last == 0 ? read() : last }

    /// Returns whether the time of the turn is up. The owner calls this after each request.
    ///
    /// The time is measured from the end of the second request, so a turn with one request does not read the clock
    /// for this. If no other code reads the clock, it is read after the second request and after every fourth one.
    package mutating func isUp() -> Bool {
        requests &+= 1
        defer { isFresh = false }
        guard requests == 2 || requests & 3 == 0 else { return false }
        if !isFresh { read() }
        if requests == 2 { start = last }
        return last - start >= Self.limit
    }
}
