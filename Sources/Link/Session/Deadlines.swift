import NIOCore
import Wire

/// How long a session waits, and for what.
package struct Deadlines: Sendable {
    /// The time that a session may be idle between two requests.
    package var idle: TimeAmount
    /// The time in which a whole request has to arrive, from its first octet to its last, with its literals, its text and
    /// its answers to prompts. A long one gets a second more for each `octetsPerSecond` that have arrived.
    package var request: TimeAmount
    /// For an answer from behind.
    package var reply: TimeAmount
    /// For the other end to close, once everything has been said.
    package var linger: TimeAmount

    /// The rate that is asked of a long request.
    static let octetsPerSecond = 64 << 10

    package init(
        idle: TimeAmount = .minutes(10), request: TimeAmount = .seconds(30), reply: TimeAmount = .seconds(30),
        linger: TimeAmount = .seconds(2)
    ) {
        self.idle = idle
        self.request = request
        self.reply = reply
        self.linger = linger
    }

    /// How often a session is looked at: a deadline is met within a quarter of the shortest.
    var interval: TimeAmount {
        .nanoseconds(max(min(idle, request, reply).nanoseconds / 4, 1_000_000))
    }

    /// `arrived`: octets of the request that is being read.
    func limit(for wait: SessionMachine.Wait, arrived: @autoclosure () -> Int) -> TimeAmount? {
        switch wait {
        case .request: idle
        case .rest: request + .seconds(Int64(arrived() / Self.octetsPerSecond))
        case .reply: reply
        case .nothing: nil
        }
    }
}
