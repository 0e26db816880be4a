/// A violation of the protocol by the peer, which ends its connection.
package struct WireFault: Error, Equatable, Sendable, CustomStringConvertible {
    static let unasked = WireFault("a reply for a lane without a request")

    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
