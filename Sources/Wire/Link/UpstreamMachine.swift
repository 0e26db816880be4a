import NIOCore

/// The near end of a link, as a value: many sessions' requests go out on it, and their replies come back.
///
/// A reply belongs to the oldest request of its lane. One that belongs to none is a fault, and the link ends, since no
/// reply on it could be trusted to be for whom it says. One that cannot be read harms nobody else.
package struct UpstreamMachine: ~Copyable {
    /// What is at the other end.
    package enum Peer {
        /// A server, which first says `220` to whoever connects. It verifies tokens itself.
        case server
        /// A plugin, which was started for this link. It gets no tokens, but is told who was found behind them, and may ask
        /// its host in turn. A message is always one frame.
        case plugin
    }

    /// Octets of the greeting at most, its line end included.
    private static let longestGreeting = 8192
    /// Octets of one frame's payload, and of a message in several.
    static let (longestFrame, longestMessage) = (128 << 10, 64 << 20)
    /// The least that an operator can make of `mostUnwritten`: a few frames.
    package static let leastUnwritten = 4 * LaneSender.share

    let peer: Peer
    /// Octets that may wait for a link that does not take them, of small requests and of large ones. One request more may
    /// be begun as long as there are fewer.
    package let mostUnwritten: Int
    private let id: UInt32?
    /// What the other end has said.
    private var state: PeerState
    /// Whether anything has come since this was made false.
    package var hasReceived = false
    private var reader: FrameReader
    private var input = ByteBuffer()
    var lanes = LaneTable<UpstreamLane>()
    /// The long requests.
    var pump = LanePump()
    /// The lanes that have taken octets of long messages in this turn.
    var takers: [(Lane, LaneTraffic)] = []
    /// The long replies of which the last frame has not come.
    package internal(set) var incoming = 0

    /// `id`: what the link's requests are called by; nil if they are not called anything.
    package init(to peer: Peer = .server, id: UInt32? = nil, mostUnwritten: Int = leastUnwritten) {
        self.peer = peer
        self.mostUnwritten = mostUnwritten
        self.id = id
        reader = FrameReader(longest: peer == .server ? Self.longestFrame : Limits.link.literal)
        state = PeerState(peer == .server ? .greeting : .hello)
    }

    package var isReady: Bool { state.phase == .ready }
    package var isStopping: Bool { state.phase == .stopping }

    /// Whether the other end answers when it is asked whether it lives.
    package var answersPings: Bool { peer == .server && isReady }

    /// Sends a request; its reply comes with `ticket`.
    ///
    /// `account`: who was found behind the caller's token, for a plugin to be told.
    ///
    /// - Returns: false, and nothing is sent, if the link is not ready or too much waits to be written.
    package mutating func send(
        _ request: Request, as ticket: Ticket, from caller: Caller, account: String? = nil, into out: inout Outbox
    ) -> Bool {
        guard isReady, takesMore(request, behind: out) else { return false }
        let (lane, header) = header(for: caller, account)
        lane.waiting.append(ticket)
        lane.sent += 1
        if let stream = request.rest {
            send(request, stream, as: ticket, header, lane, into: &out)
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

    /// Writes what the other end takes of long requests.
    ///
    /// - Returns: whether there may be more when this was written.
    package mutating func writeMore(into out: inout Outbox) -> Bool {
        pump.write(into: &out)
        return !pump.isIdle
    }

    /// Asks the other end whether it still lives. Only one that answers that.
    package mutating func ping(into out: inout Outbox) {
        LinkNote.ping(state.ask()).write(into: &out.octets)
    }

    /// Answers what a plugin has asked.
    package func answer(_ reply: ByteBuffer, in lane: Lane, into out: inout Outbox) {
        FrameHeader(lane: lane, length: reply.readableBytes).write(into: &out.octets)
        out.write(body: reply)
    }

    /// Returns the name at both ends of the next request that is sent for the lane.
    package func nextID(in lane: Lane) -> RequestID? {
        id.map { RequestID(link: $0, lane: lane, number: (lanes[lane]?.sent ?? 0) + 1) }
    }

    /// The other end is told of a lane with its first request, and of whom it acts for whenever that is another.
    private mutating func header(for caller: Caller, _ account: String?) -> (UpstreamLane, FrameHeader) {
        var header = FrameHeader(lane: caller.lane)
        let known = lanes[caller.lane]
        let lane = known ?? UpstreamLane()
        if known == nil {
            lanes[caller.lane] = lane
            header.peer = caller.peer
        }
        let identity = FrameHeader.Identity(peer == .server ? caller.token : account)
        guard lane.identity != identity else { return (lane, header) }
        lane.tell(identity)
        if peer == .server { header.token = identity } else { header.user = identity }
        return (lane, header)
    }

    /// The session has gone. What it still has under way is waited for before its lane is given up.
    package mutating func ended(_ lane: Lane, into out: inout Outbox) {
        guard let ended = lanes[lane] else { return }
        ended.hasEnded = true
        giveUpIfDrained(ended, lane, into: &out)
    }

    mutating func giveUpIfDrained(_ lane: UpstreamLane, _ number: Lane, into out: inout Outbox) {
        guard lane.hasEnded, lane.waiting.isEmpty else { return }
        assert(!lane.isBusy, "a lane without requests has none to send and no reply that comes")
        if let traffic = lane.traffic { pump.remove(traffic) }
        lanes[number] = nil
        guard isReady else { return }
        var header = FrameHeader(lane: number)
        header.isEnd = true
        header.write(into: &out.octets)
    }

    // MARK: - Receiving

    package mutating func received(_ octets: inout ByteBuffer) {
        hasReceived = true
        input.writeOrTake(&octets)
    }

    /// The next thing that came; nil when more octets are needed.
    package mutating func next(into out: inout Outbox) throws(WireFault) -> Event? {
        if state.phase == .greeting {
            guard try readGreeting() else { return nil }
            LinkOpening.write(id: id, into: &out.octets)
            state.greeted()
        }
        while let frame = try reader.next(&input) {
            if frame.header.lane == 0 {
                if let event = try state.take(LinkNote(frame)) { return event }
            } else if let event = try take(frame, &out) {
                return event
            }
        }
        giveBack(into: &out)
        return nil
    }

    /// - Returns: whether it is complete.
    private mutating func readGreeting() throws(WireFault) -> Bool {
        let most = min(input.readableBytes, Self.longestGreeting)
        guard let end = input.offset(of: UInt8(ascii: "\n"), before: most) else {
            guard most < Self.longestGreeting else { throw WireFault("a greeting that is too long") }
            return false
        }
        let line = input.readString(length: end + 1)!
        guard line.hasPrefix("220 ") else { throw WireFault("a greeting that is none: \(line.prefix(3))") }
        return true
    }

    private mutating func take(_ frame: LinkFrame, _ out: inout Outbox) throws(WireFault) -> Event? {
        let header = frame.header
        guard header.peer == nil, header.user == nil, !header.isEnd, !header.isDrop,
            peer == .server || header.token == nil
        else {
            throw WireFault("an attribute that is not the other end's to write")
        }
        let lane = lanes[header.lane]
        if header.window > 0, let lane { try pump.give(header.window, to: lane.makeTraffic()) }
        // The other end may not have heard yet that the lane has gone.
        if header.isBare { return nil }
        state.heard()
        if peer == .plugin, frame.payload.beginsWithLetter {
            guard lane != nil else { throw WireFault("a request for a lane that there is not") }
            return .asked(lane: header.lane, frame.payload)
        }
        guard let lane else { throw WireFault.unasked }
        guard header.hasMore || lane.traffic != nil else { return try answered(frame, lane, &out) }
        return try takeLong(frame, lane, &out)
    }

    mutating func answered(
        _ frame: LinkFrame, _ lane: UpstreamLane, _ out: inout Outbox
    ) throws(WireFault) -> Event {
        guard let ticket = lane.waiting.popFirst() else { throw WireFault.unasked }
        assert(lane.sent > lane.waiting.count, "a request was sent before its reply came")
        giveUpIfDrained(lane, frame.header.lane, into: &out)
        let token = frame.header.token
        if let token { lane.hear(token) }
        guard var answer = read(frame.payload) else {
            // A session whose client cannot be told who it acts for now ends.
            return .answered(ticket, Answer(.badReply, effect: token.map { _ in .close }))
        }
        if let token { answer.effect = token.name.map { .token($0) } ?? .loggedOut }
        return .answered(ticket, answer)
    }

    /// A server's reply is passed on as it is; what a plugin wrote is written anew. Returns nil for what is no reply.
    private func read(_ payload: ByteBuffer) -> Answer? {
        guard let reply = WrittenReply(checking: payload) else { return nil }
        return switch peer {
        case .server: Answer(reply)
        case .plugin: reply.read().map { Answer($0) }
        }
    }

    /// Lets more of long replies follow.
    private mutating func giveBack(into out: inout Outbox) {
        guard !takers.isEmpty else { return }
        for (number, traffic) in takers where lanes[number] != nil { traffic.giveBack(in: number, into: &out) }
        takers = []
    }
}
