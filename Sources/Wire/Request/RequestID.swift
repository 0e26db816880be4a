/// The name of a request in the logs of the proxy and of its server, and in the audit log.
package struct RequestID: Sendable, Equatable, CustomStringConvertible {
    /// The number of the link that carried the request, which the proxy chose at random. For a session of the server
    /// itself it is the number of the server.
    package let link: UInt32
    package let lane: Lane
    /// The number of the request in its lane, counted from 1.
    package let number: UInt64

    package init(link: UInt32, lane: Lane, number: UInt64) {
        (self.link, self.lane, self.number) = (link, lane, number)
    }

    /// The name as text, such as `0badcafe-17-3`.
    package var description: String {
        let digits = String(link, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + "\(digits)-\(lane)-\(number)"
    }
}
