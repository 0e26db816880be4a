import NIOCore

/// The far end of a link, as a value: a pipeline for each lane, with the session's own rules for order.
///
/// Two links may have lanes of one number. So that nobody behind them takes one's session for the other's, a caller's lane
/// is the link's lane and the number of the link, and so are the lanes of what is given and taken here.
package struct DownstreamMachine: ~Copyable {
    package enum Action: Equatable {
        /// Give the request to a responder, and its answer to `answered`.
        case respond(Ticket, Request, Caller)
        /// There is a session of this lane.
        case began(lane: Lane)
        /// The session of this lane has gone.
        case ended(lane: Lane)
    }

    private static let maximumLanes = 1 << 20
    /// Requests of a lane that may wait; a session has far fewer.
    private static let maximumWaiting = 4096

    let memory: BodyMemory?
    private let makeLaneMemory: () -> (any LaneMemory)?
    /// The memory of large requests, until their replies are written.
    var holds: [Place: (hold: BodyHold, octets: Int)] = [:]
    private var small: SmallRequests
    let base: LaneBase
    private let id: UInt32?
    private var reader = FrameReader(longest: UpstreamMachine.longestFrame)
    private var input = ByteBuffer()
    /// Whether the other end has ever asked whether this one lives.
    package private(set) var hasBeenAsked = false
    private var unknownNotes = 0
    var lanes = LaneTable<DownstreamLane>()
    /// Lanes in which something may be ready to start or to leave.
    private var turns = CircularBuffer<DownstreamLane>()
    var pump = LanePump()
    /// The lanes that have taken octets of long requests in this turn.
    var takers: [DownstreamLane] = []
    /// The reply that is being written. Its length comes before it, in the header.
    private var scratch = Outbox()

    /// `number`: of the link, in its process. `id`: what the proxy calls it. `memory`: for the bodies of requests; nil if
    /// that is not bounded. `input`: what has come after the line that asked for a link. `makeLaneMemory`: the responder's.
    package init(
        number: UInt64 = 0, id: UInt32? = nil, memory: BodyMemory? = nil, input: ByteBuffer = ByteBuffer(),
        makeLaneMemory: @escaping () -> (any LaneMemory)? = { nil }
    ) {
        self.memory = memory
        small = SmallRequests(memory)
        self.makeLaneMemory = makeLaneMemory
        base = LaneBase(link: number)
        self.id = id
        self.input = input
    }

    /// Says who answers and what.
    package func announce(_ name: String, _ manifest: Manifest, into out: inout Outbox) {
        LinkNote.hello(LinkNote.version, name: name).write(into: &out.octets)
        for spec in manifest.specs { LinkNote.command(spec).write(into: &out.octets) }
        LinkNote.ready.write(into: &out.octets)
    }

    package mutating func received(_ octets: inout ByteBuffer) {
        input.writeOrTake(&octets)
    }

    package mutating func answered(_ number: Lane, _ ticket: Ticket, _ answer: consuming Answer) {
        let effect = answer.effect
        guard let lane = lanes[number], lane.pipeline.answered(ticket, answer) else { return }
        switch effect {
        case .token(let token): lane.acts(with: token, since: ticket)
        case .loggedOut: lane.acts(with: nil, since: ticket)
        case .close, .startTLS, nil: break
        }
        small.change(by: lane.takeGrowth())
        lane.queue(in: &turns)
    }

    /// Whether there is no memory for more requests. What has come is left where it is until some are answered.
    package var isFull: Bool { small.isFull }

    package var hasInput: Bool { input.readableBytes > 0 }

    /// Whether nothing is under way.
    package var isDrained: Bool {
        lanes.all.allSatisfy { $0.value.pipeline.isEmpty } && pump.held == 0
    }

    /// The lanes that there are, for the end of the link.
    package var openLanes: [Lane] { lanes.all.map(\.lane) }

    /// The next thing to do, after the replies that are ready were written to `out`; nil when there is none for now, or when
    /// the turn is over: it is spent, or more waits to be written than goes at once.
    package mutating func next(
        _ manifest: Manifest, into out: inout Outbox, _ budget: inout TurnBudget
    ) throws(WireFault) -> Action? {
        while out.count <= Outbox.share {
            while budget.allows(), let lane = turns.first {
                budget.spend(TurnBudget.request / 2)
                if let action = turn(lane, &out) { return action }
                turns.removeFirst().hadTurn()
            }
            guard budget.allows() else { return nil }
            assert(turns.isEmpty, "every lane has had its turn before a frame is taken")
            guard !isFull, let frame = try reader.next(&input) else {
                giveBack(into: &out)
                return nil
            }
            budget.spend(TurnBudget.request / 2)
            budget.spend(octets: frame.header.length)
            if let action = try take(frame, manifest, &out) { return action }
        }
        budget.end()
        return nil
    }

    // MARK: - Replies

    private mutating func turn(_ lane: DownstreamLane, _ out: inout Outbox) -> Action? {
        while let finish = lane.pipeline.finish() { write(finish, lane, &out) }
        defer { small.change(by: lane.takeGrowth()) }
        guard let start = lane.pipeline.start() else { return nil }
        lane.starts(start.ticket)
        var caller = lane.caller
        caller.request = id.map { RequestID(link: $0, lane: base.onLink(caller.lane), number: start.ticket.number + 1) }
        return .respond(start.ticket, start.request, caller)
    }

    private mutating func write(_ finish: Pipeline.Finish, _ lane: DownstreamLane, _ out: inout Outbox) {
        var header = FrameHeader(lane: base.onLink(lane.caller.lane))
        switch finish.answer.effect {
        case .token(let token): header.token = .named(token)
        case .loggedOut: header.token = .nobody
        case .close, .startTLS, nil: break
        }
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
        header.write(into: &out.octets)
        scratch.move(to: &out)
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
        if header.peer != nil || header.token != nil { lane.willAct(from: header.peer, with: header.token) }
        if let message = try whole(frame, lane) { try add(message, to: lane, manifest) }
        return isNew ? .began(lane: number) : nil
    }

    private mutating func take(_ note: LinkNote, _ out: inout Outbox) throws(WireFault) {
        guard case .ping(let number) = note else {
            unknownNotes += 1
            guard unknownNotes <= LinkNote.mostUnknown else { throw WireFault("too many notes that mean nothing") }
            return
        }
        (hasBeenAsked, unknownNotes) = (true, 0)
        LinkNote.pong(number).write(into: &out.octets)
    }

    private mutating func end(_ number: Lane, _ header: FrameHeader) throws(WireFault) -> Action? {
        guard header.isBare, !header.isDrop, header.window == 0 else {
            throw WireFault("the end of a lane with something else")
        }
        guard let lane = lanes[number] else { return nil }
        // An answer that is still to come would be taken for one to the session that has the number next.
        guard !lane.isBusy else { throw WireFault("the end of a lane with requests under way") }
        assert(holds.keys.allSatisfy { $0.lane != number }, "a lane without requests holds no memory for one")
        lanes[number] = nil
        small.change(by: lane.takeLeaving())
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

    /// The message that the frame completes; nil if it goes on.
    private mutating func whole(_ frame: LinkFrame, _ lane: DownstreamLane) throws(WireFault) -> LinkFrame? {
        guard frame.header.hasMore || lane.traffic?.receiver.isPartial == true else { return frame }
        let traffic = lane.makeTraffic()
        if !holdPart(traffic.receiver.arrived + frame.header.length, for: lane) { traffic.receiver.refuse() }
        takers.append(lane)
        return try traffic.receiver.take(frame, longest: UpstreamMachine.longestMessage)
    }

    private mutating func add(
        _ message: LinkFrame, to lane: DownstreamLane, _ manifest: Manifest
    ) throws(WireFault) {
        guard lane.pipeline.count < Self.maximumWaiting else { throw WireFault("too many requests in a lane") }
        lane.queue(in: &turns)
        let isRefused =
            lane.traffic?.receiver.takeRefusal() == true || !hold(message.payload.readableBytes, for: lane)
        let hold = lane.arriving.take()
        do throws(Failure) {
            guard !isRefused else { throw .memoryFull }
            let request = try Request.read(message.payload, manifest)
            if let hold {
                holds[Place(lane: lane.caller.lane, ticket: lane.pipeline.nextTicket)] = (hold, request.size)
                lane.large += request.size
            }
            lane.pipeline.append(request)
        } catch {
            lane.pipeline.append(Answer(error))
        }
        small.change(by: lane.takeGrowth())
    }
}
