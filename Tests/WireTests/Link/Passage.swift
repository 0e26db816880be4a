import NIOCore
import TestKit

@testable import Wire

/// A session of a proxy, its link, and a server that answers at once. A test puts the client's bytes in, and gets the
/// bytes for the client back.
struct Passage: ~Copyable {
    static let lane: Lane = 1

    var session: SessionMachine
    var near: NearEnd
    var far = FarEnd()
    let manifest = Sample.manifest(isPipelined: true, passesBodies: true)
    /// The values of the requests that the server received.
    private(set) var requests: [[String?]] = []
    /// The headers of the frames, except those that only grant a window.
    private(set) var frames: [String] = []
    private(set) var isClosed = false
    /// Whether the link carries nothing at the moment.
    var isStuck = false
    /// The refusal that every request of the session gets at once. If it is nil, requests go to the server.
    var refusal: Failure?
    /// Whether the client reads nothing at the moment.
    var isFull = false
    private var output = Outbox()
    private var read = ByteBuffer()

    private init(_ near: consuming NearEnd, _ memory: BodyMemory?, _ limits: Limits) {
        session = SessionMachine(
            SessionCommands(host: "host", limits: .session, offersTLS: false),
            limits: SessionLimits(full: limits, unauthenticated: limits, memory: memory))
        self.near = near
    }

    /// Returns a passage whose client has logged in.
    static func begun(memory: BodyMemory? = nil, limits: Limits = .session) throws -> Passage {
        var passage = Passage(try NearEnd.ready(), memory, limits)
        try passage.say("NAME a b\r\n")
        _ = passage.heard()
        (passage.requests, passage.frames) = ([], [])
        return passage
    }

    /// Sends text from the client, in pieces of `pieces` bytes.
    mutating func say(_ text: String, pieces: Int = 16_384) throws {
        var rest = ByteBuffer(string: text)
        while rest.readableBytes > 0 {
            var piece = rest.readSlice(length: min(pieces, rest.readableBytes))!
            session.received(&piece)
            try run()
        }
    }

    /// Returns the text that the client has received since the last call.
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

    /// Breaks the connection to the client.
    mutating func disconnect() throws {
        session.clientLost()
        _ = near.machine.wake(Self.lane, into: &near.out)
        near.machine.ended(Self.lane, into: &near.out)
        try carry()
    }

    /// Breaks the link.
    mutating func loseLink() throws {
        for (ticket, failure) in near.machine.lost() { session.answered(ticket, Answer(failure)) }
        try run()
    }

    /// Sends `text` from the server, in place of its own answers.
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

    /// Runs the session's actions. Returns whether it did anything.
    private mutating func work() -> Bool {
        var isBusy = false
        while !isFull, !isClosed {
            var budget = TurnBudget()
            let action = session.next(manifest, into: &output, &budget)
            var bytes = output.takeJoined()
            isBusy = isBusy || action != nil || bytes.readableBytes > 0 || budget.isOver
            read.writeBuffer(&bytes)
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

    /// Carries the output of each end of the link to the other end. Returns whether any end had output.
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
            let body = request.values.last.flatMap { $0?.bytes } ?? ByteBuffer()
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
            var bytes = ByteBuffer()
            frame.header.write(into: &bytes)
            frames.append(String(bytes.text.dropLast()))
        }
        return text
    }
}
