import Link
import NIOCore
import Wire

/// Whoever gives a request also gives what the server asks for on top of it, and takes what it answers.
protocol Answering: AnyObject {
    /// The line that answers a 334.
    func secret(for prompt: Reply) throws(Stop) -> ByteBuffer
    /// Sends what a 354 asks for.
    func sendMessage(for prompt: Reply) throws(Stop)
    /// Takes the next part of the body that follows `head`. Parts come as they arrive.
    func take(_ part: ByteBuffer, of head: ReplyHead) throws(Stop)
}

/// A session with one server, and the commands that the server knows. It waits where it has to, and in a shell Ctrl-C
/// ends such a wait.
final class Session {
    let connector: Connector
    private(set) var manifest = Manifest()
    /// Who is logged in, as the replies told.
    private(set) var account: AccountName?
    var trace: Trace?

    private(set) var connection: ClientConnection?
    /// The request under way.
    private var verb: Verb?
    /// Whether it was given up before its reply had come.
    private var isUnheard = false
    /// The reply that is waited for, or was.
    private var awaited: EventLoopFuture<ReplyHead>?
    /// Octets of a literal that the server was promised and has not got; nil when none was.
    var owed: Int?

    init(_ connector: Connector) {
        self.connector = connector
    }

    var isConnected: Bool { connection?.isOpen == true }

    /// Connects, and learns what the server can do.
    func connect() throws(Stop) {
        disconnect()
        connection = try connector.connect()
        try learn()
    }

    /// Asks which commands there are.
    func learn() throws(Stop) {
        let reply = try ask("COMMANDS")
        guard reply.isSuccess else { return }
        manifest = Manifest(reply.lines.compactMap { CommandSpec(declaration: Frame(head: ByteBuffer(string: $0))) })
    }

    /// What `verb` is declared as.
    func spec(of verb: Verb?) -> CommandSpec? { verb.flatMap { manifest[$0]?.spec } }

    // MARK: - Requests

    /// Sends a request by `send`, and gives its reply, the body taken, once the server has all that it asks for; nil when
    /// Ctrl-C came first. Whether the server does the request is not known then.
    func perform(
        _ verb: Verb?, for answering: some Answering, _ send: () throws(Stop) -> Void
    ) throws(Stop) -> ReplyHead? {
        guard try hearOut() else { return nil }
        owed = nil
        try send()
        return try complete(verb, for: answering)
    }

    /// The reply to a request that was sent, the first of those that have none yet.
    func complete(_ verb: Verb?, for answering: some Answering) throws(Stop) -> ReplyHead? {
        self.verb = verb
        while let head = try nextHead() {
            trace?.reply(head.reply, body: head.bodyCount)
            switch head.reply.code {
            case 334: sendSecret(try answering.secret(for: head.reply))
            case 354:
                try answering.sendMessage(for: head.reply)
                if owed != nil { return giveUp() }
            case 220:
                // The server waits for TLS, which nobody has said how to check.
                disconnect()
                throw Stop(message: "TLS is begun with --tls, not by STARTTLS; the session ends", status: .refused)
            default: return try finish(head, answering)
            }
        }
        return giveUp()
    }

    /// A request of the program's own, whole, without its line end. It is not traced, as it may hold a secret.
    ///
    /// - Throws: a `Stop`, also when Ctrl-C comes first.
    func ask(_ request: ByteBuffer) throws(Stop) -> Reply {
        let cancelled = Stop(message: "cancelled", status: .refused)
        guard try hearOut() else { throw cancelled }
        verb = Frame(head: request).verb
        var octets = request
        octets.writeStaticString("\r\n")
        send(octets)
        guard let head = try nextHead() else {
            _ = giveUp()
            throw cancelled
        }
        note(head.reply)
        return head.reply
    }

    func ask(_ line: String) throws(Stop) -> Reply { try ask(ByteBuffer(string: line)) }

    /// The same of words, each of which may be anything.
    func ask(words: String...) throws(Stop) -> Reply {
        try ask(RequestLine(words.map { Array($0.utf8) }, for: nil).octets)
    }

    private func finish(_ head: ReplyHead, _ answering: some Answering) throws(Stop) -> ReplyHead? {
        owed = nil
        note(head.reply)
        guard head.bodyCount != nil else { return head }
        while let part = try wait({ $0.nextBody() }) {
            guard let part else { return head }
            try answering.take(part, of: head)
        }
        return nil
    }

    /// Takes from a reply who is logged in, and whether the session goes on.
    private func note(_ reply: Reply) {
        if reply.code == 235, let match = reply.text.wholeMatch(of: /Logged in as (\S+)/) {
            account = AccountName(String(match.output.1))
        } else if verb == "LOGOUT", reply.isSuccess {
            account = nil
        }
        if reply.endsSession { disconnect() }
    }

    /// A reply that came unasked: the server's last word, as a rule.
    func unaskedReply() -> Reply? {
        guard !isUnheard, let reply = try? connection?.arrivedReply().wait() else { return nil }
        note(reply)
        return reply
    }

    // MARK: - Giving up

    /// Leaves the request under way to itself. Half of a literal cannot be taken back: then the connection goes too.
    private func giveUp() -> ReplyHead? {
        isUnheard = true
        if owed != nil { disconnect() }
        return nil
    }

    /// Hears the reply to a request that was given up, so that nothing takes it for its own. What it asks for is
    /// refused. False when Ctrl-C came while that was waited for: then the connection is given up.
    private func hearOut() throws(Stop) -> Bool {
        while isUnheard {
            guard let head = try nextHead() else {
                disconnect()
                return false
            }
            switch head.reply.code {
            case 334: write(ByteBuffer(string: "*"))
            case 354: refuseText()
            default:
                isUnheard = false
                note(head.reply)
            }
        }
        return true
    }

    /// Who is logged in where, and how that is encrypted.
    var whereabouts: String {
        let who = account.map { "\($0)" } ?? "nobody"
        let how =
            connector.encryption != nil
            ? "encrypted by TLS" : connector.isPrivate ? "in clear, which does not leave this machine" : "in clear"
        return "\(who) at \(Escaping.shown("\(connector.endpoint)")), \(isConnected ? how : "not connected")"
    }

    /// Ends the session in the polite way.
    func quit() {
        guard isConnected else { return }
        _ = try? ask("QUIT")
        disconnect()
    }

    func disconnect() {
        connection?.close()
        connection = nil
        account = nil
        isUnheard = false
        awaited = nil
        owed = nil
    }

    // MARK: - Waiting

    /// A wait that was given up is taken up again: the reply that it was for comes first.
    private func nextHead() throws(Stop) -> ReplyHead? {
        let head = try wait { connection in
            let future = awaited ?? connection.nextHead()
            awaited = future
            return future
        }
        if head != nil { awaited = nil }
        return head
    }

    /// What the connection gives; nil when Ctrl-C came first.
    func wait<Value: Sendable>(
        _ future: (ClientConnection) -> EventLoopFuture<Value>, tick: () -> Void = {}
    ) throws(Stop) -> Value? {
        guard let connection else { throw unavailable(ConnectionFailure("connection lost")) }
        do {
            return try Interrupt.wait(for: future(connection), tick: tick)
        } catch {
            disconnect()
            throw unavailable(error)
        }
    }

    private func unavailable(_ error: any Error) -> Stop {
        Stop(message: Escaping.shown("\(connector.endpoint): \(error)"), status: .unavailable)
    }
}

extension Reply {
    /// 221 and 421 are a server's last words (RFC 5321, 3.8).
    var endsSession: Bool { code == 221 || code == 421 }

    var status: Status {
        switch code {
        case 200..<300: .success
        case 400..<500: .temporary
        default: .refused
        }
    }
}
