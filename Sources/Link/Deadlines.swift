import NIOCore
import Wire

/// How long a session waits, and for what.
package struct Deadlines: Sendable {
    /// Between requests, and for an answer to a prompt.
    package var idle: TimeAmount
    /// For a whole request to arrive, from its first octet.
    package var request: TimeAmount
    /// For an answer from behind.
    package var reply: TimeAmount
    /// For the other end to close, once everything has been said.
    package var linger: TimeAmount

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

    func limit(for wait: SessionMachine.Wait) -> TimeAmount? {
        switch wait {
        case .request: idle
        case .rest: request
        case .reply: reply
        case .nothing: nil
        }
    }
}
