/// A peer that does not speak the protocol; its connection ends.
package struct WireFault: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
