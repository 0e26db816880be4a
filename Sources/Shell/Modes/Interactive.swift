import NIOCore
import Wire

/// The shell: a person at a terminal, a line a request.
final class Interactive {
    var session: Session
    let places: Places
    var timing = false
    private let history = History()
    private var names = SeenNames()
    private var resumption: Resumption?
    /// Whether there was a log-in that has to be given again.
    private var isForgotten = false

    init(_ session: Session, _ places: Places) {
        self.session = session
        self.places = places
    }

    func run() throws(Stop) {
        try Interrupt.caught { () throws(Stop) in
            try enter()
            LineEditor.prepare()
            defer { history.close() }
            converse()
        }
    }

    private func converse() {
        while true {
            _ = Interrupt.take()
            switch LineEditor.line(prompt, self) {
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

    private var prompt: String {
        Prompt.text(
            account: session.account, place: session.connector.place, isConnected: session.isConnected,
            isPrivate: session.connector.isPrivate)
    }

    /// Whether the shell goes on after this line.
    private func take(_ line: [UInt8]) -> Bool {
        defer { history.add(line, session.manifest) }
        do throws(Stop) {
            if let command = ShellCommand(line) { return try run(command) }
            return try perform(try readable(line))
        } catch {
            Output.complain(error.message)
            return true
        }
    }

    // MARK: - Requests

    private func perform(_ line: [UInt8]) throws(Stop) -> Bool {
        try makeReady()
        if let help = Question(line) { return try perform(help.request) }
        try requireKnown(line)
        let request = ShellRequest(line, session)
        let start = ContinuousClock.now
        let reply = try request.run()
        guard let reply else { return true }
        if timing { Output.note("Time: \(Timing.text(start.duration(to: .now)))") }
        if reply.code == 235 {
            resumption = try Resumption(session)
        } else if session.isConnected, session.account == nil {
            // Whoever has logged out is not logged in again.
            resumption = nil
        }
        if reply.isSuccess { names.learn(line, session.spec(of: request.verb), reply) }
        return reply.code != 221
    }

    /// The line, if it is one that a server reads as one.
    private func readable(_ line: [UInt8]) throws(Stop) -> [UInt8] {
        guard LiteralMark.announced(by: line) == nil, !line.contains(UInt8(ascii: "\n")) else {
            throw Stop(message: "a request here is one line; a file is sent by <file. Not sent", status: .usage)
        }
        guard String(validating: line, as: UTF8.self) != nil else {
            throw Stop(message: "the line is not UTF-8. Not sent", status: .usage)
        }
        return line
    }

    /// A verb that nobody answers is not sent: what stands behind it may be a secret.
    private func requireKnown(_ line: [UInt8]) throws(Stop) {
        let word = Words(line).all.first?.text ?? ""
        if let verb = Verb(word.utf8) {
            if session.manifest[verb] == nil { try session.learn() }
            if session.manifest[verb] != nil || session.manifest.specs.isEmpty { return }
        }
        let near = NearestVerb.of(word, in: session.manifest).map { "; did you mean \($0)?" } ?? "; ? lists them"
        throw Stop(message: "there is no command \(Escaping.shown(word))\(near)", status: .refused)
    }

    // MARK: - The connection

    private func enter() throws(Stop) {
        try session.connect()
        try logIn()
    }

    /// Logs in whoever is named, and keeps what that can be taken up again with.
    private func logIn() throws(Stop) {
        try session.logIn()
        resumption = session.account == nil ? nil : try Resumption(session)
    }

    /// Hears what the server said meanwhile, and connects again if need be.
    private func makeReady() throws(Stop) {
        if let reply = session.unaskedReply() { Output.refusal(reply) }
        guard !session.isConnected else { return }
        isForgotten = isForgotten || resumption != nil
        try session.connect()
        var account = try resumption?.resume(session)
        if account == nil {
            try logIn()
            account = session.account
        }
        Output.complain(Self.welcome(back: account, wasLoggedIn: isForgotten))
        isForgotten = false
    }

    private static func welcome(back account: AccountName?, wasLoggedIn: Bool) -> String {
        if let account { return "connected again, still as \(account)" }
        return wasLoggedIn ? "connected again; you have to log in again" : "connected again"
    }

    /// Goes to another server, or to the same one anew; stays where it was if that does not answer.
    func move(to other: Session) throws(Stop) {
        try other.connect()
        session.quit()
        (session, resumption, isForgotten) = (other, nil, false)
        try logIn()
    }
}

extension Interactive: Assistant {
    func hint(for line: [UInt8]) -> String {
        Hint.text(line, session.manifest)
    }

    func completion(of line: [UInt8], cursor: Int) -> Completion {
        Completion(
            line, cursor: cursor,
            Completion.Knowledge(
                manifest: session.manifest, names: names.all, commands: ShellCommand.Name.allCases.map { "\\\($0)" },
                files: FileNames.beginning))
    }
}
