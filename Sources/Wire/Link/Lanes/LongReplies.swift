/// The long replies that are arriving at the end of a link that sends requests.
struct LongReplies {
    /// The result of taking one frame.
    enum Step {
        /// The answer to the oldest request of the lane. Its bytes are still arriving.
        case began(Answer)
        case goesOn
        case ended
    }

    /// The number of replies whose last frame has not arrived.
    private(set) var count = 0
    /// The lanes that have received parts of replies in this turn.
    private var receivingLanes: [(Lane, LaneTraffic)] = []

    /// Takes a frame of a long reply.
    ///
    /// - Throws: A fault if the other end sends more than its window allows, or if a later frame changes the lane.
    mutating func take(_ frame: LinkFrame, in lane: UpstreamLane, _ traffic: LaneTraffic) throws(WireFault) -> Step {
        let (hasMore, token) = (frame.header.hasMore, frame.header.token)
        try traffic.receiver.window.came(frame.header.length)
        receivingLanes.append((frame.header.lane, traffic))
        guard traffic.incoming != nil else {
            count += 1
            if let token { lane.hear(token, isWaiting: true) }
            return .began(traffic.begin(frame, isWanted: !lane.hasEnded))
        }
        guard token == nil else { throw WireFault("a message that changes its lane after its first frame") }
        traffic.takePart(frame.payload, isLast: !hasMore)
        guard !hasMore else { return .goesOn }
        count -= 1
        assert(count >= 0 && !lane.waiting.isEmpty, "a reply that comes has a request")
        return .ended
    }

    /// Lets the other end send more of the replies.
    mutating func grantWindow(to lanes: UpstreamLanes, into out: inout Outbox) {
        guard !receivingLanes.isEmpty else { return }
        for (number, traffic) in receivingLanes where lanes[number] != nil {
            traffic.grantWindow(in: number, into: &out)
        }
        receivingLanes = []
    }
}
