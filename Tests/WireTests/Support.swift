import NIOCore

@testable import Wire

/// Sample commands for the machines.
enum Sample {
    static let echo = CommandSpec(
        verb: "ECHO", plugin: "test",
        forms: [[ParameterSpec("to", key: "TO", type: .names, isRequired: false), message]],
        access: .anyone, isRepeatable: true, summary: "Echo", help: "Echoes.")
    static let name = CommandSpec(
        verb: "NAME", plugin: "test",
        forms: [
            [
                ParameterSpec("name", type: .name, isRequired: true),
                ParameterSpec("password", type: .secret, isRequired: true),
            ]
        ],
        access: .anyone, isRepeatable: false, summary: "Name", help: "Names.")
    static let open = CommandSpec(
        verb: "OPEN", plugin: "test", forms: [[ParameterSpec("sealed", type: .sealed, isRequired: true)]],
        access: .user, isRepeatable: true, summary: "Open", help: "Opens.")
    static let check = CommandSpec(
        verb: "CHECK", plugin: "other",
        forms: [
            [ParameterSpec("mark", type: .word, isRequired: true), message],
            [ParameterSpec("token", key: "TOKEN", type: .secret, isRequired: true)],
        ],
        access: .anyone, isRepeatable: true, summary: "Check", help: "Checks.")
    static let seal = CommandSpec(
        verb: "SEAL", plugin: "test", forms: [[message]], access: .anyone, isRepeatable: true, result: .sealed,
        summary: "Seal", help: "Seals.")
    static let bare = CommandSpec(
        verb: "BARE", plugin: "test", forms: [], access: .anyone, isRepeatable: true, summary: "Bare", help: "Bare.")

    static let login = CommandSpec(
        verb: "LOGIN", plugin: "test",
        forms: [
            [
                ParameterSpec("name", type: .name, isRequired: true),
                ParameterSpec("password", type: .secret, isRequired: true),
            ]
        ],
        access: .anyone, isRepeatable: true, summary: "Log in", help: "Logs in.")

    private static let message = ParameterSpec("message", type: .message, isRequired: true)

    /// Returns a manifest in which CHECK has another route than the other commands. If `isPipelined`, both responders
    /// keep requests in order. If `passesBodies`, they accept a request before its message has arrived.
    static func manifest(isPipelined: Bool = false, passesBodies: Bool = false) -> Manifest {
        var manifest = Manifest()
        for spec in [echo, name, open, seal, bare, login] {
            manifest.add(Manifest.Entry(spec, route: 1, isPipelined: isPipelined, passesBodies: passesBodies))
        }
        manifest.add(Manifest.Entry(check, route: 2, isPipelined: isPipelined, passesBodies: passesBodies))
        return manifest
    }
}

/// These functions take as many turns as the machine needs.
extension SessionMachine {
    mutating func next(_ manifest: Manifest, into output: inout Outbox) -> Action? {
        var all = Outbox()
        while true {
            var budget = TurnBudget()
            let action = next(manifest, into: &output, &budget)
            all.write(body: output.takeJoined())
            guard action == nil, budget.isOver else {
                output = all
                return action
            }
        }
    }
}

extension DownstreamMachine {
    mutating func next(_ manifest: Manifest, into out: inout Outbox) throws(WireFault) -> Action? {
        var all = Outbox()
        while true {
            var budget = TurnBudget()
            let action = try next(manifest, into: &out, &budget)
            all.write(body: out.takeJoined())
            guard action == nil, budget.isOver else {
                out = all
                return action
            }
        }
    }
}

extension ByteBuffer {
    var text: String { String(buffer: self) }
}

extension RequestLine {
    /// Makes the only frame in `text`.
    init(_ text: String) {
        var framer = Framer(readsTelnet: false)
        var buffer = ByteBuffer(string: text + "\r\n")
        while let event = framer.next(&buffer, limits: .link) {
            if case .announced = event { framer.takeLiteral() }
            if case .line(let frame) = event {
                self = frame
                return
            }
        }
        fatalError("no frame: \(text)")
    }
}

extension Request {
    init(_ text: String, _ spec: CommandSpec) throws(Failure) {
        try self.init(RequestLine(text), for: Manifest.Entry(spec, route: 1), words: Limits.session.words)
    }

    init(_ spec: CommandSpec, _ positional: [ByteBuffer]) throws(Failure) {
        try self.init(Manifest.Entry(spec, route: 1), positional)
    }

    /// Returns a request for a command that the session answers itself.
    static func own(_ text: String) throws -> Request {
        let frame = RequestLine(text)
        return try Request(frame, for: SessionCommands.entry(for: frame.verb!)!, words: Limits.session.words)
    }

    /// The values of the request as text.
    var words: [String?] { values.map { $0?.bytes.text } }
}

/// A session with which a test talks as its client.
struct Dialogue: ~Copyable {
    var machine: SessionMachine
    var manifest = Sample.manifest()
    private(set) var closed = false

    init(
        full: Limits = .session, unauthenticated: Limits = .unauthenticated, privacy: Privacy = .local,
        memory: BodyMemory? = nil,
        peer: String = "local", offersTLS: Bool = false
    ) {
        machine = SessionMachine(
            SessionCommands(host: "host", limits: full, offersTLS: offersTLS),
            limits: SessionLimits(full: full, unauthenticated: unauthenticated, memory: memory), privacy: privacy,
            peer: peer)
    }

    /// Sends text to the session. Returns its actions, one in each element: `> text` for a line of output, `! ticket
    /// verb` for a request, `tls`, or `close`.
    mutating func say(_ text: String) -> [String] {
        var buffer = ByteBuffer(string: text)
        machine.received(&buffer)
        return turn()
    }

    mutating func say(_ bytes: [UInt8]) -> [String] {
        var buffer = ByteBuffer(bytes: bytes)
        machine.received(&buffer)
        return turn()
    }

    mutating func answer(_ ticket: Ticket, _ answer: Answer) -> [String] {
        machine.answered(ticket, answer)
        return turn()
    }

    mutating func answer(_ ticket: Ticket, _ text: String) -> [String] {
        answer(ticket, Answer(.done(text)))
    }

    mutating func end() -> [String] {
        machine.inputEnded()
        return turn()
    }

    mutating func drain() -> [String] {
        machine.drain()
        return turn()
    }

    mutating func timeOut() -> [String] {
        machine.timedOut()
        return turn()
    }

    /// Settles the memory as if `unwritten` bytes were not sent to the client.
    mutating func settle(unwritten: Int = 0) -> Bool { machine.settle { unwritten } }

    mutating func tlsBegan() { machine.tlsBegan() }

    private mutating func turn() -> [String] {
        var actions: [String] = []
        var output = Outbox()
        while let action = machine.next(manifest, into: &output) {
            write(&output, &actions)
            switch action {
            case .respond(let ticket, let request): actions.append("! \(ticket) \(request.spec.verb)")
            case .becomeLink(let rest, _): actions.append("link \(rest.text)")
            case .startTLS: actions.append("tls")
            case .close: actions.append("close")
            }
        }
        write(&output, &actions)
        return actions
    }

    private func write(_ output: inout Outbox, _ actions: inout [String]) {
        let text = output.takeJoined().text
        guard !text.isEmpty else { return }
        actions += text.split(separator: "\r\n").map { "> \($0)" }
    }
}
