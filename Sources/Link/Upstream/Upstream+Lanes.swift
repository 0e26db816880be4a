import NIOCore
import Wire

/// The lanes of a link.
extension Upstream {
    /// The lanes that have sent something on this link and have not ended.
    var lanes: [Lane] { end.machine.lanes.known }

    /// Whether the lane has sent something on this link.
    func knows(_ lane: Lane) -> Bool { end.machine.lanes.knows(lane) }

    /// Whether a request is under way in the lane.
    func isWaiting(in lane: Lane) -> Bool { end.machine.lanes.isWaiting(in: lane) }

    /// The number of requests under way in the lane.
    func waiting(in lane: Lane) -> Int { end.machine.lanes.waiting(in: lane) }

    /// Notes that the session no longer waits for any of the lane's answers.
    func abandon(_ lane: Lane) { end.machine.lanes.abandon(lane) }

    /// Returns the caller with the identity that this link knows. A log-in or log-out that was answered here after the
    /// request was given is included.
    func asKnown(_ caller: Caller) -> Caller {
        guard let identity = end.machine.lanes.identity(of: caller.lane) else { return caller }
        return caller.acting(with: identity.name)
    }

    /// Answers a request of a plugin to its host. `reply`: the reply as it is written to a client.
    func answered(_ lane: Lane, _ reply: ByteBuffer) {
        guard channel != nil, end.output.count < end.machine.mostUnwritten else { return }
        end.answer(reply, in: lane)
        flushSoon()
    }

    // MARK: - Messages that are passed on in parts

    /// Returns a function that continues the lane. It is called when a message that the lane passes on has changed.
    func waking(_ lane: Lane) -> @Sendable () -> Void {
        let bound = NIOLoopBound(self, eventLoop: loop)
        return { bound.value.wake(lane) }
    }

    /// Passes a long reply on. Its session tells when it has taken bytes of it.
    func pass(_ reply: ArrivingReply) { reply.stream.whenTaken(waking(reply.lane)) }

    func wake(_ lane: Lane) {
        guard channel != nil else { return }
        if let ticket = end.wake(lane), let pending = end.take(ticket) {
            // The session is running now and could not take the answer.
            let bound = NIOLoopBound(self, eventLoop: loop)
            loop.execute { bound.value.give(Answer(.endInLiteral), to: pending) }
        }
        flushSoon()
    }
}
