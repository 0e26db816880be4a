import NIOCore

/// The near end of a link, as a value: many sessions' requests go out on it, and their replies come back.
///
/// A reply belongs to the oldest request of its lane. One that belongs to none is a fault, and the link ends, since no
/// reply on it could be trusted to be for whom it says.
package struct UpstreamMachine {
    package typealias Ticket = UInt64

    package enum Event: Equatable {
        /// The other end has said what it answers; requests may be sent from now on.
        case announced(name: String, [CommandSpec])
        case answered(Ticket, Answer)
        /// The other end wants no more requests; it answers those that it has.
        case stopping
        /// A plugin asks something of its host, on behalf of the lane. `answered` says what comes of it.
        case asked(lane: UInt64, Frame)

        package static func == (left: Event, right: Event) -> Bool {
            switch (left, right) {
            case (.announced(let a, let x), .announced(let b, let y)):
                a == b && x.map(\.declaration) == y.map(\.declaration)
            case (.answered(let a, let x), .answered(let b, let y)): a == b && x == y
            case (.stopping, .stopping): true
            case (.asked(let a, let x), .asked(let b, let y)): a == b && x == y
            case (.announced, _), (.answered, _), (.stopping, _), (.asked, _): false
            }
        }
    }

    /// What is at the other end.
    package enum Peer {
        /// A server, which first says `220` to whoever connects. It verifies tokens itself.
        case server
        /// A plugin, which was started for this link. It gets no tokens, but is told who was found behind them, and may ask
        /// its host in turn.
        case plugin
    }

    package enum Phase {
        case greeting
        case hello
        case ready
        case stopping
    }

    final class Lane {
        /// What the other end was told last of who the lane acts for: a token, or for a plugin an account.
        var identity: String?
        var waiting = TicketQueue()
        /// Requests, so far.
        var sent: UInt64 = 0
        var hasEnded = false
    }

    private static let maximumCommands = 4096
    /// Lines of the link's own that mean nothing here, in a row: what a newer end says is passed over, a flood is not.
    private static let maximumUnknown = 10_000

    private let peer: Peer
    private let id: UInt32?
    package private(set) var phase: Phase
    /// What is being announced, before it is complete.
    private var announcement: (name: String, specs: [CommandSpec])?
    /// Whether the other end says that it answers PING; one that does not is never asked.
    package private(set) var answersPings = false
    /// Whether anything has come since this was made false.
    package var hasReceived = false
    /// How often it was asked, and how often it has not answered that.
    private var pings: (asked: UInt64, owed: Int) = (0, 0)
    private var unknownLines = 0
    private var parser: ReplyParser
    private var input = ByteBuffer()
    private(set) var lanes: [UInt64: Lane] = [:]
    /// What the next reply does to a lane's session. Seldom there, so it takes no room in each lane.
    private var effects: [UInt64: Effect] = [:]

    /// `id`: what the link's requests are called by; nil if they are not called anything.
    package init(limits: Limits = .link, to peer: Peer = .server, id: UInt32? = nil) {
        self.peer = peer
        self.id = id
        parser = ReplyParser(limits: limits, takesRequests: peer == .plugin)
        phase = peer == .server ? .greeting : .hello
    }

    // Another module that asks these copies the machine, where `phase` by itself copies nothing.
    package var isReady: Bool { phase == .ready }
    package var isStopping: Bool { phase == .stopping }

    /// Sends a request; its reply comes with `ticket`. Only when the link is ready.
    ///
    /// `account`: who was found behind the caller's token, for a plugin to be told.
    package mutating func send(
        _ request: Request, as ticket: Ticket, from caller: Caller, account: String? = nil, into out: inout Outbox
    ) {
        let lane = lane(of: caller, account, into: &out)
        lane.waiting.append(ticket)
        lane.sent += 1
        request.write(lane: caller.lane, into: &out)
    }

    /// Asks the other end whether it still lives. Only one that answers that.
    package mutating func ping(into out: inout Outbox) {
        pings = (pings.asked + 1, pings.owed + 1)
        LinkLine.ping(pings.asked).write(into: &out.octets)
    }

    /// What the next request that is sent for the lane is called at both ends.
    package func nextID(in lane: UInt64) -> RequestID? {
        id.map { RequestID(link: $0, lane: lane, number: (lanes[lane]?.sent ?? 0) + 1) }
    }

    /// The other end is told of a lane before its first request, and when it acts for another.
    private mutating func lane(of caller: Caller, _ account: String?, into out: inout Outbox) -> Lane {
        let known = lanes[caller.lane]
        let identity = peer == .server ? caller.token : account
        if let known, known.identity == identity { return known }
        let line =
            switch peer {
            case .server: LinkLine.lane(caller.lane, peer: caller.peer, token: caller.token)
            case .plugin: LinkLine.guest(caller.lane, peer: caller.peer, account: account)
            }
        line.write(into: &out.octets)
        let lane = known ?? Lane()
        if known == nil { lanes[caller.lane] = lane }
        lane.identity = identity
        return lane
    }

    /// The session has gone. What it still has under way is waited for before its lane is given up.
    package mutating func ended(_ lane: UInt64, into out: inout Outbox) {
        guard let ended = lanes[lane] else { return }
        ended.hasEnded = true
        giveUpIfDrained(ended, lane, into: &out)
    }

    /// The link is lost: the requests whose replies will not come.
    package mutating func lost() -> [Ticket] {
        defer { (lanes, effects) = ([:], [:]) }
        return lanes.values.flatMap(\.waiting.all)
    }

    package mutating func received(_ octets: inout ByteBuffer) {
        hasReceived = true
        input.writeOrTake(&octets)
    }

    /// The next thing that came; nil when more octets are needed.
    package mutating func next(into out: inout Outbox) throws(WireFault) -> Event? {
        while let event = try parser.next(&input) {
            switch event {
            case .reply(let reply, nil):
                guard case .greeting = phase, reply.code == 220 else {
                    throw WireFault("a reply without a lane: \(reply.code)")
                }
                LinkLine.link(LinkLine.version, id: id).write(into: &out.octets)
                phase = .hello
            case .reply(let reply, let lane?):
                unknownLines = 0
                return try take(reply, lane, &out)
            case .request(let frame, let lane):
                unknownLines = 0
                guard lanes[lane] != nil else { throw WireFault("a request for a lane that there is not") }
                return .asked(lane: lane, frame)
            case .link(let frame):
                // A plugin has no lines of lanes to write; it may write anything.
                let line = peer == .plugin ? (try? LinkLine(frame)) ?? .unknown : try LinkLine(frame)
                if let event = try take(line) { return event }
            }
        }
        return nil
    }

    private mutating func take(_ line: LinkLine) throws(WireFault) -> Event? {
        switch line {
        case .hello(LinkLine.version, let name, let answersPings) where isReady || isExpected:
            // Whoever answers other commands than before says so by announcing itself again.
            announcement = (name, [])
            self.answersPings = answersPings && peer == .server
        case .hello(let version, _, _) where isExpected:
            throw WireFault("the other end speaks version \(version) of the link, this one \(LinkLine.version)")
        case .command(let spec) where announcement != nil:
            guard announcement!.specs.count < Self.maximumCommands else {
                throw WireFault("too many commands are announced")
            }
            announcement!.specs.append(spec)
        case .ready where announcement != nil:
            defer { announcement = nil }
            if isExpected { phase = .ready }
            return .announced(name: announcement!.name, announcement!.specs)
        case .pong where pings.owed > 0:
            // That something came is all that counts.
            pings.owed -= 1
        case .stopping where isReady:
            phase = .stopping
            return .stopping
        case .token(let number, let token) where peer == .server && (isReady || isStopping):
            guard let lane = lanes[number], !lane.waiting.isEmpty else {
                throw WireFault("a token for a lane without a request")
            }
            effects[number] = token.map { .token($0) } ?? .loggedOut
        default:
            unknownLines += 1
            guard unknownLines <= Self.maximumUnknown else { throw WireFault("too many lines that mean nothing") }
        }
        return nil
    }

    /// Whether the other end has still to say who it is.
    private var isExpected: Bool {
        if case .hello = phase { return true }
        return false
    }

    private mutating func take(
        _ reply: consuming Reply, _ number: UInt64, _ out: inout Outbox
    ) throws(WireFault) -> Event {
        guard let lane = lanes[number], let ticket = lane.waiting.popFirst() else {
            throw WireFault("a reply for a lane without a request")
        }
        let effect = effects.isEmpty ? nil : effects.removeValue(forKey: number)
        // Not before: until the session has the reply, its requests are still those of before, and say so by their token.
        switch effect {
        case .token(let token): lane.identity = token
        case .loggedOut: lane.identity = nil
        case .close, .startTLS, .ready, nil: break
        }
        giveUpIfDrained(lane, number, into: &out)
        return .answered(ticket, Answer(reply, effect: effect))
    }

    private mutating func giveUpIfDrained(_ lane: Lane, _ number: UInt64, into out: inout Outbox) {
        guard lane.hasEnded, lane.waiting.isEmpty else { return }
        lanes[number] = nil
        if isReady { LinkLine.end(number).write(into: &out.octets) }
    }
}
