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

        package static func == (left: Event, right: Event) -> Bool {
            switch (left, right) {
            case (.announced(let a, let x), .announced(let b, let y)):
                a == b && x.map(\.declaration) == y.map(\.declaration)
            case (.answered(let a, let x), .answered(let b, let y)): a == b && x == y
            case (.stopping, .stopping): true
            case (.announced, _), (.answered, _), (.stopping, _): false
            }
        }
    }

    private enum Phase {
        case greeting
        case hello
        case commands(name: String, [CommandSpec])
        case ready
        case stopping
    }

    private final class Lane {
        var token: String?
        /// Not a CircularBuffer, which keeps its memory: most lanes are idle.
        var waiting: [Ticket] = []
        var hasEnded = false
        /// What the next reply does to the session.
        var effect: Effect?

        func takeTicket() -> Ticket? {
            guard let first = waiting.first else { return nil }
            if waiting.count == 1 { waiting = [] } else { waiting.removeFirst() }
            return first
        }
    }

    private static let maximumCommands = 4096

    private var phase = Phase.greeting
    private var parser: ReplyParser
    private var input = ByteBuffer()
    private var lanes: [UInt64: Lane] = [:]

    /// `greets`: the other end first says `220`, as a server does to whoever connects.
    package init(limits: Limits = .link, greets: Bool = true) {
        parser = ReplyParser(limits: limits)
        phase = greets ? .greeting : .hello
    }

    package var isReady: Bool {
        if case .ready = phase { return true }
        return false
    }

    package var isStopping: Bool {
        if case .stopping = phase { return true }
        return false
    }

    /// Whether no reply is waited for.
    package var isDrained: Bool { lanes.values.allSatisfy(\.waiting.isEmpty) }

    /// Sends a request; its reply comes with `ticket`. Only when the link is ready.
    package mutating func send(_ request: Request, as ticket: Ticket, from caller: Caller, into out: inout Outbox) {
        let lane = lane(of: caller, into: &out)
        lane.waiting.append(ticket)
        request.write(lane: caller.lane, into: &out)
    }

    /// The other end is told of a lane before its first request, and when it acts for another.
    private mutating func lane(of caller: Caller, into out: inout Outbox) -> Lane {
        let known = lanes[caller.lane]
        if let known, known.token == caller.token { return known }
        LinkLine.lane(caller.lane, peer: caller.peer, token: caller.token).write(into: &out.octets)
        let lane = known ?? Lane()
        if known == nil { lanes[caller.lane] = lane }
        lane.token = caller.token
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
        defer { lanes = [:] }
        return lanes.values.flatMap(\.waiting)
    }

    package mutating func received(_ octets: inout ByteBuffer) {
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
                LinkLine.link(LinkLine.version).write(into: &out.octets)
                phase = .hello
            case .reply(let reply, let lane?):
                return try take(reply, lane, &out)
            case .link(let frame):
                if let event = try take(LinkLine(frame)) { return event }
            }
        }
        return nil
    }

    private mutating func take(_ line: LinkLine) throws(WireFault) -> Event? {
        switch (line, phase) {
        case (.hello(LinkLine.version, let name), .hello):
            phase = .commands(name: name, [])
        case (.hello(let version, _), .hello):
            throw WireFault("the other end speaks version \(version) of the link, this one \(LinkLine.version)")
        case (.command(let spec), .commands(let name, var specs)):
            guard specs.count < Self.maximumCommands else { throw WireFault("too many commands are announced") }
            specs.append(spec)
            phase = .commands(name: name, specs)
        case (.ready, .commands(let name, let specs)):
            phase = .ready
            return .announced(name: name, specs)
        case (.stopping, .ready):
            phase = .stopping
            return .stopping
        case (.token(let lane, let token), .ready), (.token(let lane, let token), .stopping):
            guard let lane = lanes[lane], !lane.waiting.isEmpty else {
                throw WireFault("a token for a lane without a request")
            }
            lane.token = token
            lane.effect = token.map { .token($0) } ?? .loggedOut
        default:
            break
        }
        return nil
    }

    private mutating func take(_ reply: Reply, _ number: UInt64, _ out: inout Outbox) throws(WireFault) -> Event {
        guard let lane = lanes[number], let ticket = lane.takeTicket() else {
            throw WireFault("a reply for a lane without a request")
        }
        let answer = Answer(reply, effect: lane.effect.take())
        giveUpIfDrained(lane, number, into: &out)
        return .answered(ticket, answer)
    }

    private mutating func giveUpIfDrained(_ lane: Lane, _ number: UInt64, into out: inout Outbox) {
        guard lane.hasEnded, lane.waiting.isEmpty else { return }
        lanes[number] = nil
        if isReady { LinkLine.end(number).write(into: &out.octets) }
    }
}
