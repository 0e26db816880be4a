import NIOCore

/// The state machine for the end of a link that sends requests. It carries the requests of many sessions, and
/// receives their replies.
///
/// A reply belongs to the oldest request of its lane. A reply that belongs to no request is a fault, and the link
/// must end, because no later reply could be trusted to be for its lane. A reply that cannot be read harms only its
/// own lane.
package struct UpstreamMachine: ~Copyable {
    /// The kind of program at the other end.
    package enum Peer {
        /// A server. It greets each new connection with `220`, and it verifies tokens itself.
        case server
        /// A plugin that was started for this link. It gets no tokens. Instead it is told the account that was found
        /// for the token, and it may send requests to its host. Each of its messages is one frame.
        case plugin
    }

    /// The maximum length of the greeting in bytes, with its line end.
    private static let longestGreeting = 8192
    /// The maximum number of payload bytes in one frame, and in a message of several frames.
    static let (longestFrame, longestMessage) = (128 << 10, 64 << 20)
    /// The smallest value of `mostUnwritten` that an operator can set. It is the size of a few frames.
    package static let leastUnwritten = 4 * LaneSender.share

    let peer: Peer
    /// The number of bytes that may wait while the other end does not read. Small and large requests have this limit
    /// each. A new request is accepted while fewer bytes wait.
    package let mostUnwritten: Int
    private let id: UInt32?
    /// The state of the other end.
    private var state: PeerState
    /// Whether bytes have arrived since the owner last set this to false.
    package var hasReceived = false
    private var reader: FrameReader
    private var input = ByteBuffer()
    var lanes = LaneTable<UpstreamLane>()
    /// The long requests that are being sent.
    var pump = LanePump()
    /// The lanes that have received parts of long messages in this turn.
    var takers: [(Lane, LaneTraffic)] = []
    /// The number of long replies whose last frame has not arrived.
    package internal(set) var incoming = 0

    /// Creates the state of a new link.
    ///
    /// - Parameter id: The number by which the link's requests are named; nil if they have no names.
    package init(to peer: Peer = .server, id: UInt32? = nil, mostUnwritten: Int = leastUnwritten) {
        self.peer = peer
        self.mostUnwritten = mostUnwritten
        self.id = id
        reader = FrameReader(longest: peer == .server ? Self.longestFrame : Limits.link.literal)
        state = PeerState(peer == .server ? .greeting : .hello)
    }

    package var isReady: Bool { state.phase == .ready }
    package var isStopping: Bool { state.phase == .stopping }

    /// Whether the other end answers a PING.
    package var answersPings: Bool { peer == .server && isReady }

    /// Sends a request. Its reply will be reported with `ticket`.
    ///
    /// - Parameter account: The account that was found for the caller's token. Only a plugin is told it.
    /// - Returns: false if the link is not ready or too many bytes wait to be written. Nothing is sent then.
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

    /// Writes the parts of long requests that the other end can take now.
    ///
    /// - Returns: Whether the caller should call this again after these bytes were written.
    package mutating func writeMore(into out: inout Outbox) -> Bool {
        pump.write(into: &out)
        return !pump.isIdle
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

    /// Returns the caller's lane and the header of its next request. The header has the client's address in the
    /// lane's first request, and the identity whenever it has changed.
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

    /// Notes that the session has ended. The lane is released when its last reply has arrived.
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
        header.write(into: &out.bytes)
    }

    // MARK: - Receiving

    package mutating func received(_ bytes: inout ByteBuffer) {
        hasReceived = true
        input.writeOrTake(&bytes)
    }

    /// Returns the next event; nil if more bytes are needed.
    ///
    /// - Throws: A fault if the other end breaks the protocol. The link must then end.
    package mutating func next(into out: inout Outbox) throws(WireFault) -> Event? {
        if state.phase == .greeting {
            guard try readGreeting() else { return nil }
            LinkOpening.write(id: id, into: &out.bytes)
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

    /// Reads the greeting.
    ///
    /// - Returns: Whether the greeting is complete.
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
        // This is not a fault, because the other end may not have learned yet that the lane has ended.
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
            // The token has changed, but the client cannot be told for whom it acts now. In that case the session
            // must end.
            return .answered(ticket, Answer(.badReply, effect: token.map { _ in .close }))
        }
        if let token { answer.effect = token.name.map { .token($0) } ?? .loggedOut }
        return .answered(ticket, answer)
    }

    /// Reads a reply. A server's reply is passed on unchanged, and a plugin's reply is parsed and written again.
    ///
    /// - Returns: nil if the payload is not one reply.
    private func read(_ payload: ByteBuffer) -> Answer? {
        guard let reply = WrittenReply(checking: payload) else { return nil }
        return switch peer {
        case .server: Answer(reply)
        case .plugin: reply.read().map { Answer($0) }
        }
    }

    /// Lets the other end send more of its long replies.
    private mutating func giveBack(into out: inout Outbox) {
        guard !takers.isEmpty else { return }
        for (number, traffic) in takers where lanes[number] != nil { traffic.giveBack(in: number, into: &out) }
        takers = []
    }
}
