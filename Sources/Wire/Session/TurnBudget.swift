/// The work that one session or link may do in one turn, before the others on its event loop get theirs.
///
/// A unit is about a quarter of a microsecond in a release build. Work is counted instead of timed, because the same
/// input then always ends its turn at the same point.
package struct TurnBudget {
    /// The number of units in one turn.
    package static let standard = 4096
    /// The cost of a request whose answer never changes.
    static let constant = 1
    /// The cost of any other request, or of a line on a link.
    static let request = 64
    /// The cost of the lines of a text that are read at once.
    static let text = 2048
    /// The number of bytes that cost one unit, as a power of two.
    static let bytesShift = 4

    private var left: Int
    /// Whether the turn ended while work was left.
    package private(set) var isOver = false

    package init(_ units: Int = standard) {
        left = units
    }

    mutating func spend(_ units: Int) { left -= units }

    mutating func spend(bytes: Int) { left -= bytes >> Self.bytesShift }

    /// Returns whether another step is allowed. If it is not, the turn is over.
    mutating func allows() -> Bool {
        if left <= 0 { isOver = true }
        return left > 0
    }

    /// Ends the turn.
    package mutating func end() {
        left = 0
        isOver = true
    }
}
