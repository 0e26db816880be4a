import NIOCore
import Wire

/// The time limits of a session.
package struct SessionTimeouts: Sendable {
    /// The time that a session may be idle between two requests.
    package var idle: TimeAmount
    /// The time in which a request has to arrive, from its first byte to its last, with its literals, its text, and its
    /// answers to prompts. A long request gets a second more for each `bytesPerSecond` that have arrived.
    package var request: TimeAmount
    /// The time for an answer from a server.
    package var reply: TimeAmount
    /// The time for the client to close after the last reply.
    package var linger: TimeAmount

    /// The rate at which a long request has to arrive.
    static let bytesPerSecond = 64 << 10

    package init(
        idle: TimeAmount = .minutes(10), request: TimeAmount = .seconds(30), reply: TimeAmount = .seconds(30),
        linger: TimeAmount = .seconds(2)
    ) {
        self.idle = idle
        self.request = request
        self.reply = reply
        self.linger = linger
    }

    /// The interval of checks. A deadline is noticed within a quarter of the shortest limit.
    var interval: TimeAmount {
        .nanoseconds(max(min(idle, request, reply).nanoseconds / 4, 1_000_000))
    }

    /// Returns the time limit of a wait; nil if it has none.
    ///
    /// `arrived`: the bytes of the request that have arrived.
    func limit(for wait: SessionMachine.Wait, arrived: @autoclosure () -> Int) -> TimeAmount? {
        switch wait {
        case .request: idle
        case .rest: request + .seconds(Int64(arrived() / Self.bytesPerSecond))
        case .reply: reply
        case .nothing: nil
        }
    }
}
