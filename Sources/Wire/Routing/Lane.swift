/// The number of a session, which is unique in its process. On a link, frames of different sessions differ in it.
///
/// Lane 0 of a link is the link itself.
package struct Lane: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }

    package init(integerLiteral number: UInt64) { self.number = number }

    package static func < (left: Lane, right: Lane) -> Bool { left.number < right.number }

    package var description: String { "\(number)" }
}
