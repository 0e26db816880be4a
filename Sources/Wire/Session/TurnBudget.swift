/// The work that one session or link may do before the others on its event loop have their turn.
///
/// The unit is about a quarter of a microsecond of a release build. Work is counted and not timed, so that the same input always ends
/// its turn at the same place.
package struct TurnBudget {
    /// The units of one turn.
    package static let standard = 4096
    /// A request whose answer never changes.
    static let constant = 1
    /// Any other request, or a line of a link.
    static let request = 64
    /// The lines of a text that are read at once.
    static let text = 2048
    /// A unit is added for each so many octets, as a power of two.
    static let octetsShift = 4

    private var left: Int
    /// Whether the turn was ended while there was something left to do.
    package private(set) var isOver = false

    package init(_ units: Int = standard) {
        left = units
    }

    mutating func spend(_ units: Int) { left -= units }

    mutating func spend(octets: Int) { left -= octets >> Self.octetsShift }

    /// Whether another step may be taken; if not, the turn is over.
    mutating func allows() -> Bool {
        if left <= 0 { isOver = true }
        return left > 0
    }

    /// Lets no further step be taken.
    package mutating func end() {
        left = 0
        isOver = true
    }
}
