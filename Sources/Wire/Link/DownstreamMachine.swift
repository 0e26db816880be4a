import NIOCore

/// The state machine for the end of a link that answers requests. It has a pipeline for each lane, with the same
/// rules for order as a session.
///
/// Two links may use the same lane number. To keep their sessions apart, each lane that this machine gives or takes
/// is a lane of the process: the lane on the link combined with the number of the link (see `LaneNumberMapping`).
package struct DownstreamMachine: ~Copyable {
    package enum Action: Equatable {
        /// Pass the request to a responder, and give the responder's answer to `answered`.
        case respond(Ticket, Request, Caller)
        /// A session has begun in this lane.
        case began(lane: Lane)
        /// The session of this lane has ended.
        case ended(lane: Lane)
    }

    private static let maximumLanes = 1 << 20

    let memory: BodyMemory?
    private let makeLaneMemory: () -> (any LaneMemory)?
    /// The memory of large requests until their replies are written.
    var holds: [Place: (hold: BodyHold, bytes: Int)] = [:]
    private var small: SmallRequests
    let base: LaneNumberMapping
    private let id: UInt32?
    private var reader = FrameReader(longest: UpstreamMachine.longestFrame)
    private var input = ByteBuffer()
    /// Whether the other end has ever sent a PING.
    package private(set) var hasBeenAsked = false
    private var unknownNotes = 0
    var lanes = LaneTable<DownstreamLane>()
    /// The lane whose turn it is. It may have a request to start or a reply to write.
    private var current: DownstreamLane?
    /// The lanes that get their turns after the current one.
    private var turns = CircularBuffer<DownstreamLane>()
    var pump = LanePump()
    /// The lanes that have received parts of long requests in this turn.
    var takers: [DownstreamLane] = []
    /// The reply that is being written. It is written here first, because the frame header before it contains its
    /// length.
    private var scratch = Outbox()

    /// Creates the state of a link without lanes.
    ///
    /// - Parameters:
    ///   - number: The number of the link in this process.
    ///   - id: The number by which the proxy names the link; nil if the proxy gave none.
    ///   - memory: The memory for the bodies of requests; nil if it is not limited.
    ///   - input: The bytes that arrived after the line that opened the link.
    ///   - makeLaneMemory: The responder's function that creates the memory of a lane.
    package init(
        number: UInt64 = 0, id: UInt32? = nil, memory: BodyMemory? = nil, input: ByteBuffer = ByteBuffer(),
        makeLaneMemory: @escaping () -> (any LaneMemory)? = { nil }
    ) {
        self.memory = memory
        small = SmallRequests(memory)
        self.makeLaneMemory = makeLaneMemory
        base = LaneNumberMapping(link: number)
        self.id = id
        self.input = input
    }

    /// Writes the notes that announce the server's name and its commands.
    package func announce(_ name: String, _ manifest: Manifest, into out: inout Outbox) {
        LinkNote.hello(LinkNote.version, name: name).write(into: &out.bytes)
        for spec in manifest.specs { LinkNote.command(spec).write(into: &out.bytes) }
        LinkNote.ready.write(into: &out.bytes)
    }

    package mutating func received(_ bytes: inout ByteBuffer) {
        input.writeOrTake(&bytes)
    }

    package mutating func answered(_ number: Lane, _ ticket: Ticket, _ answer: consuming Answer) {
        guard let lane = lanes[number], lane.requests.answered(ticket, answer, &small) else { return }
        queue(lane)
    }

    /// Whether no memory is left for more requests. The bytes that have arrived are then kept until some requests are
    /// answered.
    package var isFull: Bool { small.isFull }

    package var hasInput: Bool { input.readableBytes > 0 }

    /// Whether no request is running and no reply waits to be written.
    package var isDrained: Bool {
        lanes.all.allSatisfy { $0.value.requests.isEmpty } && pump.held == 0
    }

    /// The lanes of all current sessions. The owner needs them when the link ends.
    package var openLanes: [Lane] { lanes.all.map(\.lane) }

    /// Writes the replies that are ready to `out`, and returns the next action.
    ///
    /// - Returns: nil if nothing can be done now or the turn is over. A turn ends when its budget is spent, or when
    ///   more bytes wait in `out` than may be written at once.
    /// - Throws: A fault if the other end breaks the protocol. The link must then end.
    package mutating func next(
        _ manifest: Manifest, into out: inout Outbox, _ budget: inout TurnBudget
    ) throws(WireFault) -> Action? {
        while out.count <= Outbox.share {
            while budget.allows(), let lane = current {
                assert(lane.isQueued, "only a lane that was queued has a turn")
                budget.spend(TurnBudget.request / 2)
                if let action = turn(lane, &out) { return action }
                lane.isQueued = false
                current = turns.popFirst()
            }
            guard budget.allows() else { return nil }
            assert(current == nil && turns.isEmpty, "every lane has had its turn before a frame is taken")
            guard !isFull, let frame = try reader.next(&input) else {
                giveBack(into: &out)
                return nil
            }
            budget.spend(TurnBudget.request / 2)
            budget.spend(bytes: frame.header.length)
            if let action = try take(frame, manifest, &out) { return action }
        }
        budget.end()
        return nil
    }

    /// Queues the lane for a turn, unless it is already queued or has its turn now.
    private mutating func queue(_ lane: DownstreamLane) {
        guard !lane.isQueued else { return }
        lane.isQueued = true
        if current == nil { current = lane } else { turns.append(lane) }
    }

    // MARK: - Replies

    private mutating func turn(_ lane: DownstreamLane, _ out: inout Outbox) -> Action? {
        while let step = lane.requests.next(&small) {
            switch consume step {
            case .finish(let finish): write(finish, lane, &out)
            case .start(let ticket, let request, let caller):
                let id = id.map { RequestID(link: $0, lane: base.onLink(lane.number), number: ticket.number + 1) }
                return .respond(ticket, request.called(id), caller)
            }
        }
        return nil
    }

    private mutating func write(_ finish: Pipeline.Finish, _ lane: DownstreamLane, _ out: inout Outbox) {
        var header = FrameHeader(lane: base.onLink(lane.number))
        if let identity = finish.answer.identity { header.token = identity }
        assert(scratch.isEmpty, "the reply before this one has been moved out")
        finish.answer.write(form: finish.form, result: finish.result, into: &scratch)
        if scratch.count > UpstreamMachine.longestMessage {
            scratch = Outbox()
            Answer(.answerTooLarge).write(form: .line, result: .plain, into: &scratch)
        }
        header.length = scratch.count
        var hold = takeHold(of: finish.ticket, lane)
        guard header.length <= LaneSender.share, lane.traffic?.sender.isWaiting != true else {
            charge(header.length, to: &hold)
            let payload = exchange(&scratch, with: Outbox())
            pump.send(LinkMessage(header: header, payload: payload, hold: hold), on: lane.makeTraffic())
            return pump.write(into: &out)
        }
        let attributes = header.attributes
        scratch.move(to: &out, behind: FrameHeader.room(for: attributes)) { header.write(attributes, into: &$0) }
    }

    // MARK: - Requests

    private mutating func take(
        _ frame: LinkFrame, _ manifest: Manifest, _ out: inout Outbox
    ) throws(WireFault) -> Action? {
        let header = frame.header
        guard header.user == nil else { throw WireFault("an attribute that is not the other end's to write") }
        guard header.lane != 0 else {
            try take(LinkNote(frame), &out)
            return nil
        }
        guard header.lane < FrameHeader.lanesEnd else { throw WireFault("a lane that is too large") }
        let number = base.inProcess(header.lane)
        if header.isEnd { return try end(number, header) }
        if header.isDrop {
            try drop(lanes[number], header)
            return nil
        }
        if header.window > 0, let lane = lanes[number] { try pump.give(header.window, to: lane.makeTraffic()) }
        guard !header.isBare else { return nil }
        let (lane, isNew) = try lane(number, header)
        unknownNotes = 0
        if header.peer != nil || header.token != nil { lane.requests.willAct(from: header.peer, with: header.token) }
        if header.hasMore || lane.traffic?.receiver.isPartial == true {
            if let message = try gather(frame, lane) { try add(message.payload, to: lane, manifest) }
        } else {
            try add(frame.payload, to: lane, manifest)
        }
        return isNew ? .began(lane: number) : nil
    }

    private mutating func take(_ note: LinkNote, _ out: inout Outbox) throws(WireFault) {
        guard case .ping(let number) = note else {
            unknownNotes += 1
            guard unknownNotes <= LinkNote.mostUnknown else { throw WireFault("too many notes that mean nothing") }
            return
        }
        (hasBeenAsked, unknownNotes) = (true, 0)
        LinkNote.pong(number).write(into: &out.bytes)
    }

    private mutating func end(_ number: Lane, _ header: FrameHeader) throws(WireFault) -> Action? {
        guard header.isBare, !header.isDrop, header.window == 0 else {
            throw WireFault("the end of a lane with something else")
        }
        guard let lane = lanes[number] else { return nil }
        // A reply that is still to come would be read as a reply to the next session with this lane number.
        guard !lane.isBusy else { throw WireFault("the end of a lane with requests under way") }
        assert(holds.keys.allSatisfy { $0.lane != number }, "a lane without requests holds no memory for one")
        lanes[number] = nil
        small.change(by: lane.requests.takeLeaving())
        return .ended(lane: number)
    }

    private mutating func lane(
        _ number: Lane, _ header: FrameHeader
    ) throws(WireFault) -> (DownstreamLane, isNew: Bool) {
        if let lane = lanes[number] { return (lane, false) }
        guard header.peer != nil else { throw WireFault("a request in a lane without its client's address") }
        guard lanes.count < Self.maximumLanes else { throw WireFault("too many lanes") }
        let lane = DownstreamLane(number, memory: makeLaneMemory())
        lanes[number] = lane
        return (lane, true)
    }

    /// Adds the frame to the message of its lane.
    ///
    /// - Returns: The message if this frame completes it; nil if more frames follow.
    private mutating func gather(_ frame: LinkFrame, _ lane: DownstreamLane) throws(WireFault) -> LinkFrame? {
        let traffic = lane.makeTraffic()
        if !holdPart(traffic.receiver.arrived + frame.header.length, for: lane) { traffic.receiver.refuse() }
        takers.append(lane)
        return try traffic.receiver.take(frame, longest: UpstreamMachine.longestMessage)
    }

    private mutating func add(
        _ message: ByteBuffer, to lane: DownstreamLane, _ manifest: Manifest
    ) throws(WireFault) {
        queue(lane)
        let isRefused =
            lane.traffic?.receiver.takeRefusal() == true || !hold(message.readableBytes, for: lane)
        let hold = lane.arriving.take()
        let request: Request
        do throws(Failure) {
            guard !isRefused else { throw .memoryFull }
            request = try Request.read(message, manifest)
        } catch {
            return try lane.requests.append(Answer(error), &small)
        }
        if let hold {
            holds[Place(lane: lane.number, ticket: lane.requests.nextTicket)] = (hold, request.size)
            lane.requests.large += request.size
        }
        try lane.requests.append(consume request, &small)
    }
}
