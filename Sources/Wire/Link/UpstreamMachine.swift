import NIOCore

/// The state machine for the end of a link that sends the requests of many sessions and receives their replies.
///
/// A reply belongs to the oldest request of its lane. A reply that belongs to no request is a fault, and the link
/// must end, because no later reply could be trusted. A reply that cannot be read harms only its own lane.
package struct UpstreamMachine: ~Copyable {
    /// The maximum number of payload bytes in one frame, and in a message of several frames.
    static let (longestFrame, longestMessage) = (128 << 10, 64 << 20)
    /// The smallest value of `mostUnwritten` that an operator can set. It is the size of a few frames.
    package static let leastUnwritten = 4 * LaneSender.share

    private let peer: Peer
    /// The number of bytes that may wait while the other end does not read. Small and large requests have this limit
    /// each. A new request is accepted while fewer bytes wait.
    package let mostUnwritten: Int
    private let id: UInt32?
    /// The state of the other end.
    private var state: PeerState
    private var input: LinkInput
    package private(set) var lanes = UpstreamLanes()
    /// The long requests that are being sent.
    private var pump = LanePump()
    private var longReplies = LongReplies()

    /// Creates the state of a new link.
    ///
    /// - Parameter id: The number by which the link's requests are named; nil if they have no names.
    package init(to peer: Peer = .server, id: UInt32? = nil, mostUnwritten: Int = leastUnwritten) {
        self.peer = peer
        self.mostUnwritten = mostUnwritten
        self.id = id
        input = LinkInput(longest: peer.longestFrame)
        state = PeerState(peer == .server ? .greeting : .hello)
    }

    package var isReady: Bool { state.phase == .ready }
    /// Whether the other end has sent its greeting. A plugin sends none.
    package var hasGreeted: Bool { state.phase != .greeting }
    package var isStopping: Bool { state.phase == .stopping }

    /// Whether the other end answers a PING.
    package var answersPings: Bool { peer == .server && isReady }

    /// The number of bytes of long requests that have not been written.
    package var held: Int { pump.held }

    /// The number of long replies whose last frame has not arrived.
    package var incoming: Int { longReplies.count }

    /// Whether a part of a long message may be ready to be written.
    package var hasMore: Bool { !pump.isIdle }

    /// Whether the link waits for no reply.
    package var isDrained: Bool { lanes.areDrained }

    /// Whether the other end accepts a request of this length. The session checks a message that is still arriving.
    package func isShort(_ request: Request) -> Bool { request.messageSize <= longestRequest }

    /// The maximum number of bytes in a request.
    package var longestRequest: Int { peer.longestRequest }

    /// Whether the link accepts the request now. Fewer than `mostUnwritten` bytes may wait in `out`. For a large
    /// request, the same limit also applies to the long requests that have not been written.
    private func takesMore(_ request: Request, behind out: borrowing Outbox) -> Bool {
        out.count < mostUnwritten && (!request.isLarge || held < mostUnwritten && isShort(request))
    }

    /// Sends a request. Its reply will be reported with `ticket`.
    ///
    /// - Parameter account: The account that was found for the caller's token. Only a plugin is told it.
    /// - Returns: false if the link is not ready or too many bytes wait to be written. Nothing is sent then.
    package mutating func send(
        _ request: Request, as ticket: Ticket, from caller: Caller, account: String? = nil, into out: inout Outbox
    ) -> Bool {
        guard isReady, takesMore(request, behind: out) else { return false }
        let (lane, header) = lanes.next(of: caller, to: peer, account: account)
        lane.waiting.append(ticket)
        lane.sent += 1
        if let stream = request.rest {
            var payload = Outbox()
            request.writeBeginning(of: stream, into: &payload)
            let message = LinkMessage(header: header, payload: payload, passing: .init(stream: stream, ticket: ticket))
            pump.send(message, on: lane.makeTraffic())
            pump.write(into: &out)
            return true
        }
        let isAlone = peer == .plugin || request.messageSize <= LaneSender.share
        guard isAlone, lane.traffic?.sender.isWaiting != true else {
            var payload = Outbox()
            request.writeMessage(into: &payload)
            pump.send(LinkMessage(header: header, payload: payload), on: lane.makeTraffic())
            pump.write(into: &out)
            return true
        }
        request.write(header, into: &out)
        return true
    }

    /// Writes the parts of long requests that the other end can take now.
    ///
    /// - Returns: Whether the caller should call this again after these bytes were written.
    package mutating func writeMore(into out: inout Outbox) -> Bool {
        pump.write(into: &out)
        return !pump.isIdle
    }

    /// Continues a lane after a passing message has grown or ended, or after bytes of a reply were taken.
    ///
    /// - Returns: The ticket of a request that is taken back because its message will never be complete; nil if none
    ///   is. The other end does not answer such a request.
    package mutating func wake(_ number: Lane, into out: inout Outbox) -> Ticket? {
        guard let lane = lanes[number], let traffic = lane.traffic else { return nil }
        traffic.noteTaken()
        traffic.grantWindow(in: number, into: &out)
        let failed = traffic.sender.takeFailed()
        pump.wake(traffic)
        guard let ticket = failed else { return nil }
        lane.waiting.remove(ticket)
        assert(lane.sent > lane.waiting.count, "what is taken back was sent")
        lane.sent -= 1
        giveUpIfDrained(lane, number, into: &out)
        return ticket
    }

    /// Sends a PING. The caller must check `answersPings` first.
    package mutating func ping(into out: inout Outbox) {
        LinkNote.ping(state.ask()).write(into: &out.bytes)
    }

    /// Writes the reply to a request that a plugin sent.
    package func answer(_ reply: ByteBuffer, in lane: Lane, into out: inout Outbox) {
        FrameHeader(lane: lane, length: reply.readableBytes).write(into: &out.bytes)
        out.write(body: reply)
    }

    /// Returns the name of the next request that is sent for the lane. Both ends of the link use this name.
    package func nextID(in lane: Lane) -> RequestID? {
        id.map { RequestID(link: $0, lane: lane, number: (lanes[lane]?.sent ?? 0) + 1) }
    }

    /// Notes that the session has ended. The lane is released when its last reply has arrived.
    package mutating func ended(_ lane: Lane, into out: inout Outbox) {
        guard let ended = lanes[lane] else { return }
        ended.hasEnded = true
        giveUpIfDrained(ended, lane, into: &out)
    }

    private mutating func giveUpIfDrained(_ lane: UpstreamLane, _ number: Lane, into out: inout Outbox) {
        guard lane.hasEnded, lane.waiting.isEmpty else { return }
        assert(!lane.isBusy, "a lane without requests has none to send and no reply that comes")
        if let traffic = lane.traffic { pump.remove(traffic) }
        lanes.remove(number)
        guard isReady else { return }
        var header = FrameHeader(lane: number)
        header.isEnd = true
        header.write(into: &out.bytes)
    }

    // MARK: - Receiving

    package mutating func received(_ bytes: inout ByteBuffer) { input.received(&bytes) }

    /// Returns whether bytes have arrived since the last call.
    package mutating func takeHasReceived() -> Bool { input.takeHasReceived() }

    /// Returns the next event; nil if more bytes are needed.
    ///
    /// - Throws: A fault if the other end breaks the protocol. The link must then end.
    package mutating func next(into out: inout Outbox) throws(WireFault) -> Event? {
        if state.phase == .greeting {
            guard try input.takeGreeting() else { return nil }
            LinkOpening.write(id: id, into: &out.bytes)
            state.greeted()
        }
        while let frame = try input.next() {
            if frame.header.lane == 0 {
                if let event = try state.take(LinkNote(frame)) { return event }
            } else if let event = try take(frame, &out) {
                return event
            }
        }
        longReplies.grantWindow(to: lanes, into: &out)
        return nil
    }

    private mutating func take(_ frame: LinkFrame, _ out: inout Outbox) throws(WireFault) -> Event? {
        let header = frame.header
        guard header.peer == nil, header.user == nil, !header.isEnd, !header.isDrop,
            peer == .server || header.token == nil
        else { throw WireFault("an attribute that is not the other end's to write") }
        let lane = lanes[header.lane]
        if header.window > 0, let lane { try pump.give(header.window, to: lane.makeTraffic()) }
        // This is not a fault, because the other end may not have learned yet that the lane has ended.
        if header.isBare { return nil }
        state.heard()
        if peer == .plugin, frame.payload.beginsWithLetter {
            guard lane != nil else { throw WireFault("a request for an unknown lane") }
            return .asked(lane: header.lane, frame.payload)
        }
        guard let lane else { throw WireFault.unasked }
        guard header.hasMore || lane.traffic != nil else { return try answered(frame, lane, &out) }
        return try takeLong(frame, lane, &out)
    }

    private mutating func answered(
        _ frame: LinkFrame, _ lane: UpstreamLane, _ out: inout Outbox
    ) throws(WireFault) -> Event {
        guard let ticket = lane.waiting.popFirst() else { throw WireFault.unasked }
        assert(lane.sent > lane.waiting.count, "a request was sent before its reply came")
        giveUpIfDrained(lane, frame.header.lane, into: &out)
        let token = frame.header.token
        if let token { lane.hear(token) }
        guard var answer = peer.read(frame.payload) else {
            // The token has changed, but the client cannot be told for whom it acts now. In that case the session
            // must end.
            return .answered(ticket, Answer(.badReply, effect: token.map { _ in .close }))
        }
        if let token { answer.effect = token.name.map { .token($0) } ?? .loggedOut }
        return .answered(ticket, answer)
    }

    /// Takes a frame of a lane that has or had long messages.
    private mutating func takeLong(
        _ frame: LinkFrame, _ lane: UpstreamLane, _ out: inout Outbox
    ) throws(WireFault) -> Event? {
        let traffic = lane.makeTraffic()
        guard lane.waiting.count > traffic.sender.unsent else {
            throw WireFault("a reply to a request of which not all was sent")
        }
        guard frame.header.hasMore || traffic.incoming != nil else { return try answered(frame, lane, &out) }
        guard peer == .server else { throw WireFault("a plugin's message in several frames") }
        switch try longReplies.take(frame, in: lane, traffic) {
        case .began(let answer): return .answered(lane.waiting.all[0], answer)
        case .goesOn: return nil
        case .ended:
            _ = lane.waiting.popFirst()
            giveUpIfDrained(lane, frame.header.lane, into: &out)
            return nil
        }
    }

    /// Ends all requests after the link was lost.
    ///
    /// - Returns: The requests that will get no reply, with the error for each of them.
    package mutating func lost() -> [(ticket: Ticket, failure: Failure)] {
        (pump, longReplies) = (LanePump(), LongReplies())
        return lanes.removeAll()
    }
}
