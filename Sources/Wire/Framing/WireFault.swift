/// A peer that does not speak the protocol; its connection ends.
package struct WireFault: Error, Equatable, Sendable, CustomStringConvertible {
    static let unasked = WireFault("a reply for a lane without a request")

    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
