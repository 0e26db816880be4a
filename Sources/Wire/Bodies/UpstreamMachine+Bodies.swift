import NIOCore

/// Messages that pass in parts: requests whose message is still to come, and long replies.
extension UpstreamMachine {
    /// Sends a request as its message comes; `wake` tells of more.
    mutating func send(
        _ request: Request, _ stream: BodyStream, as ticket: Ticket, _ header: FrameHeader, _ lane: UpstreamLane,
        into out: inout Outbox
    ) {
        var payload = Outbox()
        request.writeBeginning(of: stream, into: &payload)
        let message = LinkMessage(header: header, payload: payload, passing: .init(stream: stream, ticket: ticket))
        pump.send(message, on: lane.makeTraffic())
        pump.write(into: &out)
    }

    /// There is more of a message that passes in the lane, or less of a reply, or one of them has ended.
    ///
    /// - Returns: a request that is taken back, as its message will not be complete. The other end does not answer it.
    package mutating func wake(_ number: Lane, into out: inout Outbox) -> Ticket? {
        guard let lane = lanes[number], let traffic = lane.traffic else { return nil }
        note(traffic)
        traffic.giveBack(in: number, into: &out)
        let failed = traffic.sender.takeFailed()
        pump.wake(traffic)
        guard let ticket = failed else { return nil }
        lane.waiting.remove(ticket)
        assert(lane.sent > lane.waiting.count, "what is taken back was sent")
        lane.sent -= 1
        giveUpIfDrained(lane, number, into: &out)
        return ticket
    }

    /// Takes a frame of a lane that has, or has had, long messages.
    mutating func takeLong(
        _ frame: LinkFrame, _ lane: UpstreamLane, _ out: inout Outbox
    ) throws(WireFault) -> Event? {
        let (traffic, hasMore) = (lane.makeTraffic(), frame.header.hasMore)
        guard lane.waiting.count > traffic.sender.unsent else {
            throw WireFault("a reply to a request of which not all was sent")
        }
        guard hasMore || traffic.incoming != nil else { return try answered(frame, lane, &out) }
        guard peer == .server else { throw WireFault("a plugin's message in several frames") }
        try traffic.receiver.window.came(frame.header.length)
        takers.append((frame.header.lane, traffic))
        guard traffic.incoming != nil else { return begin(frame, lane, traffic) }
        guard frame.header.token == nil else {
            throw WireFault("a message that changes its lane after its first frame")
        }
        traffic.incoming?.take(frame.payload, isLast: !hasMore)
        if !hasMore { traffic.incoming = nil }
        note(traffic)
        guard !hasMore else { return nil }
        incoming -= 1
        assert(incoming >= 0 && !lane.waiting.isEmpty, "a reply that comes has a request")
        _ = lane.waiting.popFirst()
        giveUpIfDrained(lane, frame.header.lane, into: &out)
        return nil
    }

    /// Takes the first frame of a long reply, which is given on at once.
    private mutating func begin(_ frame: LinkFrame, _ lane: UpstreamLane, _ traffic: LaneTraffic) -> Event {
        var reply = IncomingReply()
        let code = reply.begin(frame.payload)
        traffic.incoming = reply
        traffic.replies.append(reply.stream)
        incoming += 1
        // A session whose client cannot be told who it acts for now ends.
        let token = frame.header.token
        if let token { lane.hear(token, isWaiting: true) }
        var answer = Answer(.badReply, effect: token.map { _ in .close })
        if let code { answer = Answer(ArrivingReply(code: code, lane: frame.header.lane, stream: reply.stream)) }
        if let token, code != nil { answer.effect = token.name.map { .token($0) } ?? .loggedOut }
        // Nobody will pass it on.
        if lane.hasEnded || code == nil { reply.stream.cancel() }
        note(traffic)
        return .answered(lane.waiting.all[0], answer)
    }

    /// Notes which octets of replies are in memory no more.
    private func note(_ traffic: LaneTraffic) {
        for stream in traffic.replies { traffic.receiver.window.took(stream.takeGone()) }
        traffic.replies.removeAll { $0.isOver && $0 != traffic.incoming?.stream }
    }

    /// The link is lost.
    ///
    /// - Returns: the requests whose replies will not come, and what is to be said of each.
    package mutating func lost() -> [(ticket: Ticket, failure: Failure)] {
        defer { (lanes, pump, incoming) = (LaneTable(), LanePump(), 0) }
        return lanes.all.map(\.value).flatMap { lane in
            let (traffic, all) = (lane.traffic, lane.waiting.all)
            traffic?.incoming?.stream.end(.failed(.serverLost))
            let sent = all.count - (traffic?.sender.unsent ?? 0)
            return all.enumerated().dropFirst(traffic?.incoming == nil ? 0 : 1).map { place, ticket in
                (ticket, place < sent ? Failure.serverLost : Failure.serverLostInMessage)
            }
        }
    }
}
