/// The number under which a request is handed over and under which its answer comes back.
///
/// Each type that creates tickets defines where they start. Tickets from different sources are unrelated.
package struct Ticket: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }

    package init(integerLiteral number: UInt64) { self.number = number }

    /// Returns the ticket that is given `count` tickets later.
    func advanced(by count: Int) -> Ticket { Ticket(number + UInt64(count)) }

    package static func < (left: Ticket, right: Ticket) -> Bool { left.number < right.number }

    package var description: String { "\(number)" }
}
