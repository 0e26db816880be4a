import NIOCore

/// The far end of a link, as a value: a pipeline for each lane, with the session's own rules for order.
///
/// Two links may have lanes of one number. So that nobody behind them takes one's session for the other's, a caller's lane
/// is the link's lane and the number of the link, and so are the lanes of what is given and taken here.
package struct DownstreamMachine {
    package enum Action: Equatable {
        /// Give the request to a responder, and its answer to `answered`.
        case respond(Pipeline.Ticket, Request, Caller)
        /// There is a session of this lane.
        case began(lane: UInt64)
        /// The session of this lane has gone.
        case ended(lane: UInt64)
    }

    final class Lane {
        /// Who the lane's next request acts for.
        private(set) var caller: Caller
        var pipeline = Pipeline()
        /// Who requests act for from a ticket on, where a line said so while others were under way.
        private var later: [(from: Pipeline.Ticket, peer: String, token: String?)] = []

        init(_ number: UInt64) {
            caller = Caller(lane: number, peer: "", token: nil, privacy: .local)
        }

        private func act(with token: String?, peer: String) {
            caller = Caller(lane: caller.lane, peer: peer, token: token, privacy: .local)
        }

        /// Requests that are yet to come act with the token. Those that have come do not: they were sent before.
        func willAct(with token: String?, peer: String) {
            let next = pipeline.nextTicket
            if later.last?.from == next { later.removeLast() }
            if pipeline.isEmpty { act(with: token, peer: peer) } else { later.append((next, peer, token)) }
        }

        /// All requests that have not started act with the token that an answer brought: who wrote a line meanwhile did not
        /// know of it yet.
        func acts(with token: String?) {
            act(with: token, peer: caller.peer)
            for place in later.indices { later[place].token = token }
        }

        /// The request of that ticket starts.
        func starts(_ ticket: Pipeline.Ticket) {
            while let change = later.first, change.from <= ticket {
                later.removeFirst()
                act(with: change.token, peer: change.peer)
            }
        }
    }

    /// What a line does to the lanes that there are.
    private enum Change {
        case none
        case began(UInt64)
        case ended(UInt64)
    }

    private static let maximumLanes = 1 << 17
    /// Bits of a lane's number on its link.
    private static let laneBits: UInt64 = 44

    private let limits: Limits
    let memory: BodyMemory?
    /// The memory of the request that is being read, and of each large one that was read and not yet passed on.
    var arriving: BodyHold?
    var holds: [Place: BodyHold] = [:]
    /// The lane of a request that is passed over, as there is no memory for it.
    var refused: UInt64?

    struct Place: Hashable {
        let lane: UInt64
        let ticket: Pipeline.Ticket
    }

    /// What is added to the link's lanes.
    private let base: UInt64
    private let id: UInt32?
    var framer = Framer(readsTelnet: false)
    private var input = ByteBuffer()
    /// Whether the other end has ever asked whether this one lives.
    package private(set) var hasBeenAsked = false
    private var lanes: [UInt64: Lane] = [:]
    /// Lanes in which something may be ready to start or to leave.
    var turns = CircularBuffer<Lane>()

    /// `number`: of the link, in its process. `id`: what the proxy calls it. `input`: what has arrived behind the line that
    /// asked for a link.
    package init(
        number: UInt64 = 0, id: UInt32? = nil, limits: Limits = .link, memory: BodyMemory? = nil,
        input: ByteBuffer = ByteBuffer()
    ) {
        self.memory = memory
        base = number << Self.laneBits
        self.id = id
        self.limits = limits
        self.input = input
    }

    /// Says who answers and what.
    package func announce(_ name: String, _ manifest: Manifest, into out: inout Outbox) {
        LinkLine.hello(LinkLine.version, name: name, answersPings: true).write(into: &out.octets)
        for spec in manifest.specs where !spec.plugin.isEmpty { LinkLine.command(spec).write(into: &out.octets) }
        LinkLine.ready.write(into: &out.octets)
    }

    package mutating func received(_ octets: inout ByteBuffer) {
        input.writeOrTake(&octets)
    }

    package mutating func answered(_ number: UInt64, _ ticket: Pipeline.Ticket, _ answer: Answer) {
        guard let lane = lanes[number], lane.pipeline.answered(ticket, answer) else { return }
        switch answer.effect {
        case .token(let token): lane.acts(with: token)
        case .loggedOut: lane.acts(with: nil)
        case .close, .startTLS, .ready, nil: break
        }
        turns.append(lane)
    }

    package var hasInput: Bool { input.readableBytes > 0 }

    /// Whether nothing is under way.
    package var isDrained: Bool {
        lanes.values.allSatisfy { $0.pipeline.isEmpty }
    }

    /// The lanes that there are, for the end of the link.
    package var openLanes: [UInt64] { Array(lanes.keys) }

    /// The next thing to do, after the replies that are ready were written to `out`; nil when there is none for now, or when
    /// the turn is over: it is spent, or more waits to be written than goes at once.
    package mutating func next(
        _ manifest: Manifest, into out: inout Outbox, _ budget: inout TurnBudget
    ) throws(WireFault) -> Action? {
        while out.count <= Outbox.share {
            while budget.allows(), let lane = turns.first {
                budget.spend(TurnBudget.request / 2)
                if let action = turn(lane, &out) { return action }
                turns.removeFirst()
            }
            guard budget.allows() else { return nil }
            guard let event = framer.next(&input, limits: limits, &budget, units: TurnBudget.request / 2) else {
                guard !framer.isPassingOver || refused != nil else { throw WireFault("a line is too long") }
                return nil
            }
            switch event {
            case .frame(let frame):
                switch try take(frame, manifest, &out) {
                case .began(let lane): return .began(lane: lane)
                case .ended(let lane): return .ended(lane: lane)
                case .none: continue
                }
            case .announced(let frame, let mark):
                guard !mark.waits, mark.count <= limits.literal - frame.literalSize else {
                    throw WireFault("a literal on a link is too large")
                }
                try take(frame, mark)
            case .failed(let failure, _):
                guard failure == .memoryFull, refused != nil else {
                    throw WireFault("a line of a link breaks the grammar: \(failure.text)")
                }
                if let lane = try refuse() { return .began(lane: lane) }
            case .text, .answer, .telnet:
                throw WireFault("a line of a link breaks the grammar")
            }
        }
        budget.end()
        return nil
    }

    private mutating func turn(_ lane: Lane, _ out: inout Outbox) -> Action? {
        let number = lane.caller.lane - base
        while let finish = lane.pipeline.finish() {
            switch finish.answer.effect {
            case .token(let token): LinkLine.token(number, token).write(into: &out.octets)
            case .loggedOut: LinkLine.token(number, nil).write(into: &out.octets)
            case .close, .startTLS, .ready, nil: break
            }
            finish.answer.reply.write(lane: number, into: &out)
        }
        guard let start = lane.pipeline.start() else { return nil }
        lane.starts(start.ticket)
        var caller = lane.caller
        caller.request = id.map { RequestID(link: $0, lane: number, number: start.ticket + 1) }
        return .respond(start.ticket, start.request, caller)
    }

    private mutating func take(_ frame: Frame, _ manifest: Manifest, _ out: inout Outbox) throws(WireFault) -> Change {
        guard frame.head.getInteger(at: frame.head.readerIndex) != UInt8(ascii: "*") else {
            return try take(try LinkLine(try frame.linkLine()), &out)
        }
        var frame = frame
        defer { arriving = nil }
        let (lane, isNew) = try lane(try own(try frame.head.readLane()))
        turns.append(lane)
        do throws(Failure) {
            guard let verb = frame.verb, let entry = manifest[verb] else { throw .unknownVerb }
            let request = try Request(frame, for: entry.spec, words: limits.words)
            guard request.missing == nil else { throw .usage(entry.spec.usage) }
            if let hold = arriving { holds[Place(lane: lane.caller.lane, ticket: lane.pipeline.next)] = hold }
            lane.pipeline.append(request, to: entry)
        } catch {
            lane.pipeline.append(Answer(error))
        }
        return isNew ? .began(lane.caller.lane) : .none
    }

    private mutating func take(_ line: LinkLine, _ out: inout Outbox) throws(WireFault) -> Change {
        switch line {
        case .lane(let number, let peer, let token):
            let (lane, isNew) = try lane(try own(number))
            lane.willAct(with: token, peer: peer)
            return isNew ? .began(lane.caller.lane) : .none
        case .end(let number):
            let number = try own(number)
            guard let lane = lanes.removeValue(forKey: number) else { return .none }
            lane.pipeline.removeAll()
            if !holds.isEmpty { holds = holds.filter { $0.key.lane != number } }
            return .ended(number)
        case .ping(let number):
            hasBeenAsked = true
            LinkLine.pong(number).write(into: &out.octets)
        case .link, .hello, .command, .ready, .guest, .token, .pong, .stopping, .unknown:
            break
        }
        return .none
    }

    /// The lane that the link calls `number`, as it is called here.
    func own(_ number: UInt64) throws(WireFault) -> UInt64 {
        guard number >> Self.laneBits == 0 else { throw WireFault("a lane that is too large") }
        return base + number
    }

    mutating func lane(_ number: UInt64) throws(WireFault) -> (Lane, isNew: Bool) {
        if let lane = lanes[number] { return (lane, false) }
        guard lanes.count < Self.maximumLanes else { throw WireFault("too many lanes") }
        let lane = Lane(number)
        lanes[number] = lane
        return (lane, true)
    }
}
