/// What a request is called in the logs of the proxy and of the server that it went to, and in the audit log.
package struct RequestID: Sendable, Equatable, CustomStringConvertible {
    /// The link that it came by, which its proxy has numbered at random; or the server, for a session of its own.
    package let link: UInt32
    package let lane: Lane
    /// Which of the lane's requests it is, from 1.
    package let number: UInt64

    package init(link: UInt32, lane: Lane, number: UInt64) {
        (self.link, self.lane, self.number) = (link, lane, number)
    }

    /// `0badcafe-17-3`.
    package var description: String {
        let digits = String(link, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + "\(digits)-\(lane)-\(number)"
    }
}
