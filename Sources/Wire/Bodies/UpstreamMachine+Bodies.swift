import NIOCore

/// Sends requests whose messages are still arriving, and receives long replies.
extension UpstreamMachine {
    /// Sends a request whose message is still arriving. The caller calls `wake` when more of the message has arrived.
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

    /// Continues a lane after a passing message has grown or ended, or after bytes of a reply were taken.
    ///
    /// - Returns: The ticket of a request that is taken back because its message will never be complete; nil if none
    ///   is. The other end does not answer such a request.
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

    /// Takes a frame of a lane that has or had long messages.
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

    /// Takes the first frame of a long reply. The reply is passed on at once.
    private mutating func begin(_ frame: LinkFrame, _ lane: UpstreamLane, _ traffic: LaneTraffic) -> Event {
        var reply = IncomingReply()
        let code = reply.begin(frame.payload)
        traffic.incoming = reply
        traffic.replies.append(reply.stream)
        incoming += 1
        // If the code cannot be read, the client cannot be told for whom it acts now. In that case the session must
        // end.
        let token = frame.header.token
        if let token { lane.hear(token, isWaiting: true) }
        var answer = Answer(.badReply, effect: token.map { _ in .close })
        if let code { answer = Answer(ArrivingReply(code: code, lane: frame.header.lane, stream: reply.stream)) }
        if let token, code != nil { answer.effect = token.name.map { .token($0) } ?? .loggedOut }
        // No session will pass this reply on.
        if lane.hasEnded || code == nil { reply.stream.cancel() }
        note(traffic)
        return .answered(lane.waiting.all[0], answer)
    }

    /// Counts the bytes of replies that are no longer in memory.
    private func note(_ traffic: LaneTraffic) {
        for stream in traffic.replies { traffic.receiver.window.took(stream.takeGone()) }
        traffic.replies.removeAll { $0.isOver && $0 != traffic.incoming?.stream }
    }

    /// Ends all requests after the link was lost.
    ///
    /// - Returns: The requests that will get no reply, with the error for each of them.
    package mutating func lost() -> [(ticket: Ticket, failure: Failure)] {
        defer { (lanes, pump, incoming) = (LaneTable(), LanePump(), 0) }
        return lanes.all.map(\.value).flatMap { lane in
            let (traffic, all) = (lane.traffic, lane.waiting.all)
            traffic?.incoming?.stream.end(.failed(.serverLost))
            let sent = all.count - (traffic?.sender.unsent ?? 0)
            return all.enumerated().dropFirst(traffic?.incoming == nil ? 0 : 1).map { index, ticket in
                (ticket, index < sent ? Failure.serverLost : Failure.serverLostInMessage)
            }
        }
    }
}
