/// What a request was given under, and what its answer is given back under.
///
/// Whoever makes tickets says what they are counted from; two tickets of different makers have nothing to do with each other.
package struct Ticket: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }

    package init(integerLiteral number: UInt64) { self.number = number }

    /// The ticket that is given so many later.
    func advanced(by count: Int) -> Ticket { Ticket(number + UInt64(count)) }

    package static func < (left: Ticket, right: Ticket) -> Bool { left.number < right.number }

    package var description: String { "\(number)" }
}
