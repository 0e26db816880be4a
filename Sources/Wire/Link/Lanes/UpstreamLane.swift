import NIOCore

/// A lane at the end of a link that sends requests. It has the requests that wait for their replies.
final class UpstreamLane: LongMessageLane {
    /// The identity for which the lane acts at the other end; nil if the next request must state it.
    private(set) var identity: FrameHeader.Identity? = .nobody
    /// The number of requests that were sent before the identity was last stated. Answers to those requests do not
    /// change it.
    private var told: UInt64 = 0
    var waiting = TicketQueue()
    /// The number of requests that were sent so far.
    var sent: UInt64 = 0
    var hasEnded = false
    /// The long messages of the lane; nil until the first one.
    var traffic: LaneTraffic?

    /// Notes that the next request states a new identity for the lane.
    func tell(_ identity: FrameHeader.Identity) {
        (self.identity, told) = (identity, sent)
    }

    /// Whether a request waits for its reply, a long reply is arriving, or a part of a request has not been sent.
    var isBusy: Bool { !waiting.isEmpty || traffic?.incoming != nil || (traffic?.sender.unsent ?? 0) > 0 }

    /// Takes the identity in the answer to the oldest waiting request. The lane acts for it after that request,
    /// unless a later request has stated another one.
    ///
    /// - Parameter isWaiting: Whether the request is still in `waiting`, because its answer has more frames to come.
    func hear(_ identity: FrameHeader.Identity, isWaiting: Bool = false) {
        assert(sent >= waiting.count, "only a request that was sent waits for its reply")
        if sent - UInt64(waiting.count) + (isWaiting ? 1 : 0) > told { self.identity = identity }
    }

    /// Notes that the session no longer waits for the lane's answers. A token in one of them does not apply to later
    /// requests.
    func abandon() {
        (identity, told) = (nil, sent)
    }
}

extension ByteBuffer {
    /// Whether the payload is a request, which begins with a letter. A reply begins with a digit.
    var beginsWithLetter: Bool {
        getInteger(at: readerIndex, as: UInt8.self).map { 0x41...0x5A ~= $0 & 0xDF } ?? false
    }
}
