import NIOCore
import Wire

/// The shell: a person at a terminal, a line a request.
final class Interactive: Answering {
    private let session: Session
    private let history = History()
    /// Who is logged in, as far as the replies told.
    private var name: AccountName?
    private var needsLogIn = false
    /// The request under way.
    private var verb: Verb?
    private var isCancelled = false

    init(_ session: Session) {
        self.session = session
    }

    func run() throws(Stop) {
        try session.connect()
        LineEditor.prepare()
        defer { history.close() }
        while true {
            switch LineEditor.line("\(name?.description ?? "clavero")> ") {
            case .text(let line):
                guard !line.allSatisfy({ $0 == UInt8(ascii: " ") }) else { continue }
                guard take(line) else { return }
            case .dropped:
                continue
            case .end:
                Output.note("")
                return session.quit()
            }
        }
    }

    /// Whether the shell goes on after this line.
    private func take(_ line: [UInt8]) -> Bool {
        defer { history.add(line, session.manifest) }
        // Either would make the server take what is typed next for something else.
        guard LiteralMark.announced(by: line) == nil, !line.contains(UInt8(ascii: "\n")) else {
            Output.complain("a request here is one line, without a literal; not sent")
            return true
        }
        do throws(Stop) {
            return try perform(line).code != 221
        } catch {
            Output.complain(error.message)
            forgetLogIn()
            return true
        }
    }

    private func perform(_ line: [UInt8]) throws(Stop) -> Reply {
        let request = ByteBuffer(bytes: line)
        verb = Frame(head: request).verb
        isCancelled = false
        try makeReady()
        let reply = try session.perform(for: self) { session.sendLine(request) }
        show(reply)
        note(reply)
        return reply
    }

    /// Hears what the server said meanwhile, connects again if need be, and learns of commands that are new.
    private func makeReady() throws(Stop) {
        if let reply = session.unaskedReply() { Output.refusal(reply) }
        if !session.isConnected {
            forgetLogIn()
            try session.connect()
            Output.complain(needsLogIn ? "connected again; you have to log in again" : "connected again")
            needsLogIn = false
        }
        if let verb, session.manifest[verb] == nil { try session.learn() }
    }

    private func show(_ reply: Reply) {
        if isCancelled { return Output.complain("cancelled") }
        if reply.isSuccess { Output.answer(reply, isForPeople: true) } else { Output.refusal(reply) }
    }

    /// Takes from a reply who is logged in.
    private func note(_ reply: Reply) {
        if reply.code == 235, let match = reply.lines[0].wholeMatch(of: /Logged in as (\S+)/) {
            name = AccountName(String(match.output.1))
        } else if verb == "LOGOUT", reply.isSuccess {
            name = nil
        } else if reply.code == 421 {
            forgetLogIn()
        }
    }

    private func forgetLogIn() {
        guard !session.isConnected else { return }
        if name != nil { needsLogIn = true }
        name = nil
    }

    // MARK: - What the server asks for

    func secret(for prompt: Reply) throws(Stop) -> ByteBuffer {
        SecretPrompt.answer(to: prompt, verb: verb)
    }

    func sendMessage(for prompt: Reply) throws(Stop) {
        Output.note(Escaping.shown(prompt.lines[0]))
        var isOver = false
        try session.sendLines { () throws(Stop) in
            guard !isOver else { return nil }
            let line = nextLine()
            isOver = isCancelled || line.readableBytesView.elementsEqual(CollectionOfOne(UInt8(ascii: ".")))
            return isOver ? line : line.dotStuffed
        }
        if isCancelled { session.sendLine(ByteBuffer(string: ".")) }
    }

    /// A text cannot be taken back, but one with a NUL in it is refused whole.
    private func nextLine() -> ByteBuffer {
        switch LineEditor.line("> ") {
        case .text(let line): return ByteBuffer(bytes: line)
        case .dropped, .end:
            isCancelled = true
            return ByteBuffer(bytes: [0])
        }
    }
}
