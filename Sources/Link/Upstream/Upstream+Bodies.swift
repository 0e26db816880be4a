import NIOCore
import Wire

/// Messages that pass while they come.
extension Upstream {
    /// Goes on with a lane when a message that passes in it has changed.
    func waking(_ lane: Lane) -> @Sendable () -> Void {
        let bound = NIOLoopBound(self, eventLoop: loop)
        return { bound.value.wake(lane) }
    }

    /// A long reply is passed on by its session, which tells when it has taken octets of it.
    func pass(_ reply: ArrivingReply) { reply.stream.whenTaken(waking(reply.lane)) }

    func wake(_ lane: Lane) {
        guard channel != nil else { return }
        if let ticket = end.wake(lane), let path = end.pending.take(ticket) {
            // The session is at work now, and does not wait for this answer.
            let bound = NIOLoopBound(self, eventLoop: loop)
            loop.execute { bound.value.give(Answer(.endInLiteral), to: path) }
        }
        flushSoon()
    }
}
