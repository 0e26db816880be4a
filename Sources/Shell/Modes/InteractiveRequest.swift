import NIOCore
import Wire

/// One request that is typed into the shell, from its line to its answer.
final class InteractiveRequest: RequestDelegate {
    let verb: Verb?
    private let line: RedirectedRequest
    private let connection: ServerConnection
    private let spec: CommandSpec?
    private let answer: AnswerWriter
    private var file: MessageFile?
    private var isCancelled = false

    init(_ line: [UInt8], _ connection: ServerConnection) {
        verb = Frame(head: ByteBuffer(bytes: line)).verb
        spec = connection.spec(of: verb)
        self.line = RedirectedRequest(line, for: spec)
        self.connection = connection
        let file = self.line.output.map { AnswerWriter.Target.file(AnswerFile(path: $0.text)) }
        answer = AnswerWriter(file ?? .standard, verb)
    }

    /// Runs the request and shows its answer. Returns the reply, or nil if the user cancelled the request.
    func run() throws(ExitError) -> Reply? {
        if let mistake = MistakenRedirection(line, for: spec) {
            throw ExitError(message: mistake.message, status: .usage)
        }
        if let input = line.input { file = try MessageFile(path: input.text) }
        guard let head = try connection.perform(verb, for: self, send), !isCancelled else {
            // The cursor is after the ^C that the terminal has written.
            Output.writeMessage("")
            Output.reportError(connection.isConnected ? "cancelled" : "cancelled, and with it the connection")
            return nil
        }
        if head.reply.isSuccess { try answer.finish(head) } else { Output.reportRefusal(head.reply) }
        return head.reply
    }

    private func send() {
        let request = ByteBuffer(bytes: line.request)
        if let file {
            RequestSender(connection).announce(file, after: request)
        } else if line.output != nil, let spec, let literal = LiteralRequest(line.request, for: spec) {
            RequestSender(connection).send(whole: literal.bytes, traced: request)
        } else {
            RequestSender(connection).send(request)
        }
    }

    // MARK: - Answers to the server's questions

    func secret(for prompt: Reply) throws(ExitError) -> ByteBuffer {
        SecretPrompt.answer(to: prompt, verb: verb)
    }

    func sendMessage(for prompt: Reply) throws(ExitError) {
        if let file { return try RequestSender(connection).sendLiteral(file) }
        Output.writeMessage(TerminalText.escaped(prompt.text))
        try RequestSender(connection).sendText { () throws(ExitError) in nextLine() }
        if isCancelled { connection.refuseText() } else { connection.write(ByteBuffer(string: ".")) }
    }

    /// Returns the next line of the message that is typed, or nil at its end.
    private func nextLine() -> ByteBuffer? {
        // Ctrl-C is a key only while a line is edited. Pressed before that, it cancels the message too.
        guard !Interrupt.consume() else {
            isCancelled = true
            return nil
        }
        switch LineEditor.readLine("> ") {
        case .text(let line) where !Interrupt.consume():
            return line == [UInt8(ascii: ".")] ? nil : ByteBuffer(bytes: line).dotStuffed
        case .text, .cancelled, .endOfInput:
            isCancelled = true
            return nil
        }
    }

    func take(_ part: ByteBuffer, of head: ReplyHead) throws(ExitError) {
        try answer.take(part, of: head)
    }
}
