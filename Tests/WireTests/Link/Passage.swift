import NIOCore
import TestKit

@testable import Wire

/// A session of a proxy, its link, and a server that answers at once: octets go in, and octets come out.
struct Passage: ~Copyable {
    static let lane: Lane = 1

    var session: SessionMachine
    var near: NearEnd
    var far = FarEnd()
    let manifest = Sample.manifest(isPipelined: true, passesBodies: true)
    /// The values of the requests that the server got.
    private(set) var requests: [[String?]] = []
    /// The headers of the frames, without those that only give room.
    private(set) var frames: [String] = []
    private(set) var isClosed = false
    /// Whether the link carries nothing for now.
    var isStuck = false
    /// What the session's requests are refused with at once; nil where they are sent.
    var refusal: Failure?
    /// Whether the client takes nothing for now.
    var isFull = false
    private var output = Outbox()
    private var read = ByteBuffer()

    private init(_ near: consuming NearEnd, _ memory: BodyMemory?, _ limits: Limits) {
        session = SessionMachine(
            SessionCommands(host: "host", limits: .session, offersTLS: false),
            limits: SessionLimits(full: limits, stranger: limits, memory: memory))
        self.near = near
    }

    /// One whose client has logged in.
    static func begun(memory: BodyMemory? = nil, limits: Limits = .session) throws -> Passage {
        var passage = Passage(try NearEnd.ready(), memory, limits)
        try passage.say("NAME a b\r\n")
        _ = passage.heard()
        (passage.requests, passage.frames) = ([], [])
        return passage
    }

    /// The client says something, in pieces of so many octets.
    mutating func say(_ text: String, pieces: Int = 16_384) throws {
        var rest = ByteBuffer(string: text)
        while rest.readableBytes > 0 {
            var piece = rest.readSlice(length: min(pieces, rest.readableBytes))!
            session.received(&piece)
            try run()
        }
    }

    /// What the client has got since it was asked last.
    mutating func heard() -> String {
        defer { read = ByteBuffer() }
        return read.text
    }

    mutating func endInput() throws {
        session.inputEnded()
        try run()
    }

    mutating func timeOut() throws {
        session.timedOut()
        try run()
    }

    mutating func drain() throws {
        session.drain()
        try run()
    }

    /// The connection to the client is lost.
    mutating func disconnect() throws {
        session.abandon()
        _ = near.machine.wake(Self.lane, into: &near.out)
        near.machine.ended(Self.lane, into: &near.out)
        try carry()
    }

    /// The link is lost.
    mutating func loseLink() throws {
        for (ticket, failure) in near.machine.lost() { session.answered(ticket, Answer(failure)) }
        try run()
    }

    /// The server says something else than it would.
    mutating func serverSays(_ text: String) throws {
        take(try near.hear(text))
        try run()
    }

    mutating func run() throws {
        var isBusy = true
        while isBusy {
            isBusy = work()
            if try carry() { isBusy = true }
        }
    }

    /// Does what the session wants done. Returns whether there was something.
    private mutating func work() -> Bool {
        var isBusy = false
        while !isFull, !isClosed {
            var budget = TurnBudget()
            let action = session.next(manifest, into: &output, &budget)
            var octets = output.takeJoined()
            isBusy = isBusy || action != nil || octets.readableBytes > 0 || budget.isOver
            read.writeBuffer(&octets)
            switch action {
            case .respond(let ticket, _) where refusal != nil: session.answered(ticket, Answer(refusal!))
            case .respond(let ticket, let request):
                let caller = Caller(lane: Self.lane, peer: "local", token: session.token)
                _ = near.machine.send(request, as: ticket, from: caller, into: &near.out)
            case .close: isClosed = true
            case .becomeLink, .startTLS: break
            case nil where !budget.isOver: return isBusy
            case nil: break
            }
        }
        return isBusy
    }

    /// Carries what was written on the link to the other end. Returns whether there was something.
    @discardableResult
    private mutating func carry() throws -> Bool {
        _ = near.machine.wake(Self.lane, into: &near.out)
        guard !isStuck else { return false }
        _ = near.machine.writeMore(into: &near.out)
        let asked = try note(near.written())
        var actions = try far.hear(asked)
        while !actions.isEmpty {
            guard case .respond(let ticket, let request, let caller) = actions.removeFirst() else { continue }
            requests.append(request.words)
            let body = request.values.last.flatMap { $0?.octets } ?? ByteBuffer()
            let answer = Answer(.result(body), effect: request.spec.name == "NAME" ? .token("t") : nil)
            actions += try far.answer(caller.lane, ticket, answer)
        }
        _ = far.machine.writeMore(into: &far.out)
        let answered = try note(far.written())
        take(try near.hear(answered))
        return !asked.isEmpty || !answered.isEmpty
    }

    private mutating func take(_ events: [UpstreamMachine.Event]) {
        for case .answered(let ticket, let answer) in events { session.answered(ticket, answer) }
    }

    private mutating func note(_ text: String) throws -> String {
        var (reader, buffer) = (FrameReader(longest: 1 << 20), ByteBuffer(string: text))
        while let frame = try reader.next(&buffer) {
            guard !frame.header.isBare || frame.header.isDrop || frame.header.isEnd else { continue }
            var octets = ByteBuffer()
            frame.header.write(into: &octets)
            frames.append(String(octets.text.dropLast()))
        }
        return text
    }
}
