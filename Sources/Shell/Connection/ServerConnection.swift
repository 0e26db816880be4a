import Input
import Link
import NIOCore
import Wire

/// The client's connection to one server: its requests, its replies, and the declarations of the server's commands.
///
/// Inside `Interrupt.withHandler`, Ctrl-C ends each wait.
final class ServerConnection {
    let connector: Connector
    private(set) var manifest = Manifest()
    /// The account that is logged in, according to the replies; nil if there is none.
    private(set) var account: AccountName?
    /// The trace of requests and replies; nil if it is off.
    var trace: ProtocolTrace?

    private var transport: InterruptibleConnection?
    /// The verb of the last request.
    private var verb: Verb?
    /// Whether the last request was abandoned before its reply arrived.
    private var hasAbandonedRequest = false
    /// Whether the server still expects bytes of an announced literal.
    var owesLiteral = false

    init(_ connector: Connector) {
        self.connector = connector
    }

    var isConnected: Bool { transport?.isOpen == true }

    /// The open connection, for requests whose round trip is measured.
    var clientConnection: ClientConnection? { transport?.connection }

    /// Connects, and loads the server's commands.
    func connect() throws(ExitError) {
        disconnect()
        transport = InterruptibleConnection(try connector.connect(), to: connector.endpoint)
        try loadManifest()
    }

    /// Asks the server for its commands.
    func loadManifest() throws(ExitError) {
        let reply = try ask("COMMANDS")
        guard !reply.endsSession else { throw ExitError(message: Output.text(of: reply), status: reply.exitStatus) }
        guard reply.isSuccess else { return }
        manifest = Manifest(
            reply.lines.compactMap { CommandSpec(declaration: RequestLine(head: ByteBuffer(string: $0))) })
    }

    /// Returns the declaration of a verb, or nil if the server has no such command.
    func spec(of verb: Verb?) -> CommandSpec? { verb.flatMap { manifest[$0]?.spec } }

    /// Sends QUIT and disconnects.
    func quit() {
        guard isConnected else { return }
        _ = try? ask("QUIT")
        disconnect()
    }

    func disconnect() {
        transport?.close()
        transport = nil
        account = nil
        hasAbandonedRequest = false
        owesLiteral = false
    }

    // MARK: - Requests

    /// Sends a request by `send`, answers the server's questions by `delegate`, and returns the reply after its body.
    ///
    /// Returns nil if Ctrl-C comes first. It is then unknown whether the server runs the request.
    func perform(
        _ verb: Verb?, for delegate: some RequestDelegate, _ send: () throws(ExitError) -> Void
    ) throws(ExitError) -> ReplyHead? {
        guard try discardAbandonedReply() else { return nil }
        owesLiteral = false
        try send()
        return try receiveReply(to: verb, for: delegate)
    }

    /// Returns the reply to the oldest request that has none yet, after its body. Returns nil if Ctrl-C comes first.
    func receiveReply(to verb: Verb?, for delegate: some RequestDelegate) throws(ExitError) -> ReplyHead? {
        self.verb = verb
        var secretsLeft = spec(of: verb)?.mostSecrets ?? SecretCount.unknown
        while let head = try nextHead() {
            trace?.reply(head.reply, body: head.bodyCount)
            switch head.reply.code {
            case 334:
                guard secretsLeft > 0 else { throw unexpectedQuestion(head.reply) }
                secretsLeft -= 1
                sendSecret(try delegate.secret(for: head.reply))
            case 354:
                guard delegate.mayBeAskedForMessage else { throw unexpectedQuestion(head.reply) }
                try delegate.sendMessage(for: head.reply)
                if owesLiteral { return abandonRequest() }
            case 220:
                // The server waits for TLS, but the client does not know which certificate to trust.
                disconnect()
                throw ExitError(
                    message: "TLS is begun with --tls, not by STARTTLS; the session ends", status: .refused)
            default: return try receiveBody(of: head, for: delegate)
            }
        }
        return abandonRequest()
    }

    /// Disconnects from a server that asks for something that the request cannot lack. It might get a line of a script, or
    /// a message that is not meant for it.
    private func unexpectedQuestion(_ reply: Reply) -> ExitError {
        disconnect()
        return ExitError(
            message: "the server asks for more than the request lacks; disconnected (\(reply.code))", status: .refused)
    }

    /// Sends a request of the program itself, and returns its reply. The trace does not show it, since it may hold a
    /// secret.
    ///
    /// - Parameters:
    ///   - request: the whole request without its line end.
    ///   - lacksSecret: whether the server may ask for a secret. The caller then answers by another request.
    /// - Throws: an `ExitError`, also if Ctrl-C comes first, or the server asks for something else.
    func ask(_ request: ByteBuffer, lacksSecret: Bool = false) throws(ExitError) -> Reply {
        let cancelled = ExitError(message: "cancelled", status: .refused)
        guard try discardAbandonedReply() else { throw cancelled }
        verb = RequestLine(head: request).verb
        var bytes = request
        bytes.writeStaticString("\r\n")
        send(bytes)
        guard let head = try nextHead() else {
            _ = abandonRequest()
            throw cancelled
        }
        let isQuestion = head.reply.code == 354 || head.reply.code == 334 && !lacksSecret
        guard !isQuestion else { throw unexpectedQuestion(head.reply) }
        updateState(from: head.reply)
        return head.reply
    }

    func ask(_ line: String) throws(ExitError) -> Reply { try ask(ByteBuffer(string: line)) }

    /// Sends a request that consists of these words, which may contain any characters.
    func ask(words: String..., lacksSecret: Bool = false) throws(ExitError) -> Reply {
        try ask(RequestEncoder(words.map { Array($0.utf8) }, for: nil).bytes, lacksSecret: lacksSecret)
    }

    /// Returns a reply that arrived without a request, such as a 421.
    func unsolicitedReply() -> Reply? {
        guard !hasAbandonedRequest, let reply = transport?.arrivedReply() else { return nil }
        updateState(from: reply)
        return reply
    }

    private func receiveBody(of head: ReplyHead, for delegate: some RequestDelegate) throws(ExitError) -> ReplyHead? {
        owesLiteral = false
        updateState(from: head.reply)
        guard head.bodyCount != nil else { return head }
        while let part = try withTransport({ transport throws(ExitError) in try transport.nextBody() }) {
            guard let part else { return head }
            try delegate.take(part, of: head)
        }
        return nil
    }

    private func updateState(from reply: Reply) {
        if reply.code == 235 || reply.isSuccess && verb == "PASSWD",
            let match = reply.lines.last?.wholeMatch(of: /Logged in as (\S+)/)
        {
            account = AccountName(String(match.output.1))
        } else if verb == "LOGOUT", reply.isSuccess {
            account = nil
        }
        if reply.endsSession { disconnect() }
    }

    /// Stops waiting for the reply. A literal cannot be cut short, so the connection is closed if one is incomplete.
    private func abandonRequest() -> ReplyHead? {
        hasAbandonedRequest = true
        if owesLiteral { disconnect() }
        return nil
    }

    /// Reads the reply to an abandoned request, so that it is not taken for the reply to the next one. Secrets and texts
    /// that the server asks for are refused. Returns false, and disconnects, if Ctrl-C comes first.
    private func discardAbandonedReply() throws(ExitError) -> Bool {
        while hasAbandonedRequest {
            guard let head = try nextHead() else {
                disconnect()
                return false
            }
            switch head.reply.code {
            case 334: write(ByteBuffer(string: "*"))
            case 354: refuseText()
            default:
                hasAbandonedRequest = false
                updateState(from: head.reply)
            }
        }
        return true
    }

    // MARK: - Sending

    // A failure to send is not reported here: the wait for the reply reports it.

    private func sendSecret(_ line: ByteBuffer) {
        trace?.secret()
        write(line)
    }

    /// Makes the server refuse the text that was begun: a text with a NUL is refused as a whole.
    func refuseText() {
        write(ByteBuffer(bytes: [0]))
        write(ByteBuffer(string: "."))
    }

    /// Sends a line and its line end.
    func write(_ line: ByteBuffer) {
        var bytes = ByteBuffer()
        bytes.writeLine(line)
        send(bytes)
    }

    /// Sends bytes as they are. If Ctrl-C comes meanwhile, it ends the wait for the reply.
    func send(_ bytes: ByteBuffer) {
        let hasLeft = try? withTransport { transport throws(ExitError) in try transport.send(bytes) }
        if hasLeft == false { Interrupt.keepForNextWait() }
    }

    private func nextHead() throws(ExitError) -> ReplyHead? {
        try withTransport { transport throws(ExitError) in try transport.nextHead() }
    }

    /// Runs `body` with the open connection. Disconnects if `body` fails.
    func withTransport<Result>(
        _ body: (InterruptibleConnection) throws(ExitError) -> Result
    ) throws(ExitError) -> Result {
        guard let transport else {
            let message = TerminalText.escaped("\(connector.endpoint): connection lost")
            throw ExitError(message: message, status: .unavailable)
        }
        do throws(ExitError) {
            return try body(transport)
        } catch {
            disconnect()
            throw error
        }
    }
}
