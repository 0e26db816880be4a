import NIOCore

/// The state machine for the end of a link that answers requests. It has a pipeline for each lane, with the same
/// rules for order as a session.
///
/// Two links may use the same lane number. So the lanes that this machine gives and takes are those of the process: the
/// number of the link combined with the lane on it (see `LaneNumberMapping`).
package struct DownstreamMachine: ~Copyable {
    package enum Action: Equatable {
        /// Pass the request to a responder, and give the responder's answer to `answered`.
        case respond(Ticket, Request, Caller)
        /// A session has begun in this lane.
        case began(lane: Lane)
        /// The session of this lane has ended.
        case ended(lane: Lane)
    }

    private var lanes: DownstreamLanes
    private var turns = LaneTurns()
    private var memory: LinkRequestMemory
    private var small: SmallRequests
    private let numbers: LaneNumberMapping
    private let id: UInt32?
    private var input: LinkInput
    /// Whether the other end has ever sent a PING.
    package private(set) var hasBeenPinged = false
    private var unknownNotes = 0
    private var pump = LanePump()
    /// The lanes that have received parts of long requests in this turn.
    private var receivingLanes: [DownstreamLane] = []
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
        lanes = DownstreamLanes(makeLaneMemory: makeLaneMemory)
        self.memory = LinkRequestMemory(memory)
        small = SmallRequests(memory)
        numbers = LaneNumberMapping(link: number)
        self.id = id
        self.input = LinkInput(longest: UpstreamMachine.longestFrame, input)
    }

    /// Writes the notes that announce the server's name and its commands.
    package func announce(_ name: String, _ manifest: Manifest, into out: inout Outbox) {
        LinkNote.hello(LinkNote.version, name: name).write(into: &out.bytes)
        for spec in manifest.specs { LinkNote.command(spec).write(into: &out.bytes) }
        LinkNote.ready.write(into: &out.bytes)
    }

    package mutating func received(_ bytes: inout ByteBuffer) { input.received(&bytes) }

    package mutating func answered(_ number: Lane, _ ticket: Ticket, _ answer: consuming Answer) {
        guard let lane = lanes[number], lane.requests.answered(ticket, answer, &small) else { return }
        turns.queue(lane)
    }

    /// Whether no memory is left for more requests. The bytes that have arrived are then kept until some requests are
    /// answered.
    package var isFull: Bool { small.isFull }

    package var hasInput: Bool { !input.isEmpty }

    /// Whether no request is running and no reply waits to be written.
    package var isDrained: Bool { lanes.areDrained && pump.held == 0 }

    /// The lanes of all current sessions. The owner needs them when the link ends.
    package var openLanes: [Lane] { lanes.all }

    /// Writes the replies that are ready to `out`, and returns the next action.
    ///
    /// - Returns: nil if nothing can be done now or the turn is over. A turn ends when its budget is spent, or when
    ///   more bytes wait in `out` than may be written at once.
    /// - Throws: A fault if the other end breaks the protocol. The link must then end.
    package mutating func next(
        _ manifest: Manifest, into out: inout Outbox, _ budget: inout TurnBudget
    ) throws(WireFault) -> Action? {
        while out.count <= Outbox.share {
            while budget.allows(), let lane = turns.current {
                assert(lane.isQueued, "only a lane that was queued has a turn")
                budget.spend(TurnBudget.request / 2)
                if let action = turn(lane, &out) { return action }
                turns.end()
            }
            guard budget.allows() else { return nil }
            assert(turns.current == nil, "every lane has had its turn before a frame is taken")
            guard !isFull, let frame = try input.next() else {
                grantWindow(into: &out)
                return nil
            }
            budget.spend(TurnBudget.request / 2)
            budget.spend(bytes: frame.header.length)
            if let action = try take(frame, manifest, &out) { return action }
        }
        budget.end()
        return nil
    }

    // MARK: - Replies

    private mutating func turn(_ lane: DownstreamLane, _ out: inout Outbox) -> Action? {
        while let step = lane.requests.next(&small) {
            switch consume step {
            case .finish(let finish): write(finish, lane, &out)
            case .start(let ticket, let request, let caller):
                let id = id.map { RequestID(link: $0, lane: numbers.onLink(lane.number), number: ticket.number + 1) }
                return .respond(ticket, request.called(id), caller)
            }
        }
        return nil
    }

    private mutating func write(_ finish: Pipeline.Finish, _ lane: DownstreamLane, _ out: inout Outbox) {
        var header = FrameHeader(lane: numbers.onLink(lane.number))
        if let identity = finish.answer.identity { header.token = identity }
        assert(scratch.isEmpty, "the reply before this one has been moved out")
        finish.answer.write(form: finish.form, result: finish.result, into: &scratch)
        if scratch.count > UpstreamMachine.longestMessage {
            scratch = Outbox()
            Answer(.answerTooLarge).write(form: .line, result: .plain, into: &scratch)
        }
        header.length = scratch.count
        var hold = memory.takeHold(of: finish.ticket, lane)
        guard header.length <= LaneSender.share, lane.traffic?.sender.isWaiting != true else {
            memory.charge(header.length, to: &hold)
            let payload = exchange(&scratch, with: Outbox())
            pump.send(LinkMessage(header: header, payload: payload, hold: hold), on: lane.makeTraffic())
            return pump.write(into: &out)
        }
        let attributes = header.attributes
        scratch.move(to: &out, behind: FrameHeader.room(for: attributes)) { header.write(attributes, into: &$0) }
    }

    /// Writes the parts of long replies that the other end can take now.
    ///
    /// - Returns: Whether the caller should call this again after these bytes were written.
    package mutating func writeMore(into out: inout Outbox) -> Bool {
        pump.write(into: &out)
        return !pump.isIdle
    }

    // MARK: - Requests

    private mutating func take(
        _ frame: LinkFrame, _ manifest: Manifest, _ out: inout Outbox
    ) throws(WireFault) -> Action? {
        let header = frame.header
        guard header.user == nil else { throw WireFault("an attribute that the other end may not write") }
        guard header.lane != 0 else {
            try take(LinkNote(frame), &out)
            return nil
        }
        guard header.lane < FrameHeader.lanesEnd else { throw WireFault("a lane that is too large") }
        let number = numbers.inProcess(header.lane)
        if header.isEnd { return try end(number, header) }
        if header.isDrop {
            try drop(lanes[number], header)
            return nil
        }
        if header.window > 0, let lane = lanes[number] { try pump.give(header.window, to: lane.makeTraffic()) }
        guard !header.isBare else { return nil }
        let (lane, isNew) = try lanes.open(number, header)
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
            guard unknownNotes <= LinkNote.mostUnknown else { throw WireFault("too many unknown notes") }
            return
        }
        (hasBeenPinged, unknownNotes) = (true, 0)
        LinkNote.pong(number).write(into: &out.bytes)
    }

    private mutating func end(_ number: Lane, _ header: FrameHeader) throws(WireFault) -> Action? {
        guard let lane = try lanes.end(number, header) else { return nil }
        assert(memory.isEmpty(of: number), "a lane without requests holds no memory for one")
        small.change(by: lane.requests.takeLeaving())
        return .ended(lane: number)
    }

    /// Discards the request that is arriving in the lane.
    ///
    /// - Throws: A fault if the header has other attributes than DROP, or if no message has begun in the lane.
    private func drop(_ lane: DownstreamLane?, _ header: FrameHeader) throws(WireFault) {
        guard header.isBare, header.window == 0, let lane, lane.traffic?.receiver.drop() == true else {
            throw WireFault("DROP without an unfinished message")
        }
        lane.arriving = nil
    }

    /// Adds the frame to the message of its lane.
    ///
    /// - Returns: The message if this frame completes it; nil if more frames follow.
    private mutating func gather(_ frame: LinkFrame, _ lane: DownstreamLane) throws(WireFault) -> LinkFrame? {
        let traffic = lane.makeTraffic()
        if !memory.holdPart(traffic.receiver.arrived + frame.header.length, for: lane) { traffic.receiver.refuse() }
        receivingLanes.append(lane)
        return try traffic.receiver.take(frame, longest: UpstreamMachine.longestMessage)
    }

    private mutating func add(
        _ message: ByteBuffer, to lane: DownstreamLane, _ manifest: Manifest
    ) throws(WireFault) {
        turns.queue(lane)
        let isRefused =
            lane.traffic?.receiver.takeRefusal() == true || !memory.hold(message.readableBytes, for: lane)
        let hold = lane.arriving.take()
        let request: Request
        do throws(Failure) {
            guard !isRefused else { throw .memoryFull }
            request = try Request.read(message, manifest)
        } catch {
            return try lane.requests.append(Answer(error), &small)
        }
        if let hold { memory.keep(hold, forNextOf: lane, bytes: request.size) }
        try lane.requests.append(consume request, &small)
    }

    /// Lets the other end send more of its long requests.
    private mutating func grantWindow(into out: inout Outbox) {
        guard !receivingLanes.isEmpty else { return }
        for lane in receivingLanes where lanes[lane.number] === lane {
            lane.traffic?.grantWindow(in: numbers.onLink(lane.number), into: &out)
        }
        receivingLanes = []
    }
}
