import NIOCore
import Wire

extension Upstream {
    /// The limits of a link.
    package struct Limits: Sendable {
        /// The time in which the other end must answer a PING; nil if none is sent.
        package var silence: TimeAmount?
        /// Requests that may be under way.
        package var requests: Int
        /// Octets of requests that may wait to be written.
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

    /// Whether the other end lets one wait that asked whether it lives.
    package var isDoubtful: Bool { heartbeat.isDoubtful }

    /// Once for each link. A server that does not answer PING is not asked, and loses its link only with its connection.
    func beginHeartbeats() {
        guard end.machine.answersPings, heartbeats == nil, let interval = limits.interval else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        heartbeats = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in bound.value.beat() }
    }

    func endHeartbeats() {
        heartbeats.take()?.cancel()
        heartbeat = Heartbeat()
    }

    private func beat() {
        guard let channel else { return }
        let unwritten = end.output.count + ((try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0)
        defer { self.unwritten = unwritten }
        if end.machine.hasReceived { heartbeat.heard() }
        end.machine.hasReceived = false
        switch heartbeat.tick(hasMoved: unwritten < self.unwritten) {
        case .nothing: break
        case .ask:
            end.ping()
            flushSoon()
        case .giveUp: leave("no answer to a heartbeat in time")
        }
    }

    /// Gives the link up without waiting for its close to come about, which under TLS needs the other end. Nothing that
    /// still comes on it is heard.
    func leave(_ reason: String) {
        guard let channel else { return }
        fault = reason
        handler?.leave()
        disconnected(reason)
        channel.close(promise: nil)
    }
}
