import NIOCore

/// A lane at the near end of its link: the requests that wait for their replies.
final class UpstreamLane: LongMessageLane {
    /// Who the lane acts for at the other end; nil where the next request has to say it.
    private(set) var identity: FrameHeader.Identity? = .nobody
    /// The number of the request that said it last. Answers to requests before that one do not change it.
    private var told: UInt64 = 0
    var waiting = TicketQueue()
    /// The requests that were sent, so far.
    var sent: UInt64 = 0
    var hasEnded = false
    /// Its long messages; nil until there is one.
    var traffic: LaneTraffic?

    /// The next request says that the lane acts for somebody else.
    func tell(_ identity: FrameHeader.Identity) {
        (self.identity, told) = (identity, sent)
    }

    /// Whether a request waits for its reply, or a part of one has not been sent.
    var isBusy: Bool { !waiting.isEmpty || traffic?.incoming != nil || (traffic?.sender.unsent ?? 0) > 0 }

    /// The answer to the request that waited longest says who the lane acts for after that request.
    ///
    /// - Parameter isWaiting: Whether the request is still among those that wait, as its answer goes on.
    func hear(_ identity: FrameHeader.Identity, isWaiting: Bool = false) {
        assert(sent >= waiting.count, "only a request that was sent waits for its reply")
        if sent - UInt64(waiting.count) + (isWaiting ? 1 : 0) > told { self.identity = identity }
    }

    /// The session waits for none of the lane's answers any more, so what they say of it does not count for its later
    /// requests.
    func abandon() {
        (identity, told) = (nil, sent)
    }
}

extension ByteBuffer {
    /// Whether the payload is a request: a reply begins with a digit.
    var beginsWithLetter: Bool {
        getInteger(at: readerIndex, as: UInt8.self).map { 0x41...0x5A ~= $0 & 0xDF } ?? false
    }
}
