import NIOCore
import Wire

/// The limits of a link to a server or a plugin.
package struct UpstreamLimits: Sendable {
    /// The time in which the other end has to answer a heartbeat; nil if no heartbeats are sent.
    package var silence: TimeAmount?
    /// The most requests that may be under way.
    package var requests: Int
    /// The most bytes of requests that may wait to be written.
    package var unwritten: Int

    package init(
        silence: TimeAmount? = nil, requests: Int = .max, unwritten: Int = UpstreamMachine.leastUnwritten
    ) {
        (self.silence, self.requests, self.unwritten) = (silence, requests, unwritten)
    }

    /// The time between two looks at the other end.
    var interval: TimeAmount? {
        silence.map { .nanoseconds(max($0.nanoseconds / Int64(Heartbeat.ticks), 1_000_000)) }
    }
}
