import Input
import NIOCore
import Wire

/// One request that is typed into the shell, from its line to its answer.
final class InteractiveRequest: RequestDelegate {
    let verb: Verb?
    private let line: RedirectedRequest
    private let connection: ServerConnection
    private let spec: CommandSpec?
    /// The message in the line; nil if it has none.
    private let message: InlineMessage?
    private let answer: AnswerWriter
    private var file: MessageFile?
    /// The lines of the message, which are sent as soon as the server asks for them; nil if they are to be typed.
    private var text: [[UInt8]]?
    private var isCancelled = false
    /// The lines of the message that was typed or given; none if it is in the line or in a file.
    private(set) var typedLines: [[UInt8]]
    /// Whether the server may ask for the message: it was not sent before.
    private(set) var mayBeAskedForMessage: Bool

    /// - Parameter text: the lines of the message; nil if the line has the message, or it is to be typed.
    init(_ line: [UInt8], text: [[UInt8]]? = nil, _ connection: ServerConnection) {
        verb = RequestLine(head: ByteBuffer(bytes: line)).verb
        spec = connection.spec(of: verb)
        let line = RedirectedRequest(line, for: spec)
        message = spec.flatMap { InlineMessage(line.request, for: $0) }
        mayBeAskedForMessage =
            text != nil || line.input != nil || InlineMessage.isMissing(in: line.request, for: spec)
        self.line = line
        self.text = text
        typedLines = text ?? []
        self.connection = connection
        let file = line.output.map { AnswerWriter.Target.file(AnswerFile(path: $0.text)) }
        answer = AnswerWriter(file ?? .standard, verb)
    }

    /// Runs the request and shows its answer. Returns the reply, or nil if the user cancelled the request.
    func run() throws(ExitError) -> Reply? {
        try requireNoMistake()
        if let input = line.input { file = try MessageFile(path: input.text) }
        if let spec {
            try requireLogIn(for: spec)
            try ConfirmedRecipients.confirm(line, message, spec, connection)
        }
        guard let head = try connection.perform(verb, for: self, send), !isCancelled else {
            answer.endProgress()
            // The cursor is after the ^C that the terminal has written.
            Output.writeMessage("")
            Output.reportError(connection.isConnected ? "cancelled" : "cancelled; this closed the connection")
            return nil
        }
        if head.reply.isSuccess {
            try answer.finish(head)
            if let spec { ConfirmedRecipients.report(line, spec, account: connection.account) }
        } else {
            Output.reportRefusal(head.reply)
        }
        return head.reply
    }

    /// Whether the request is for TLS, which the client begins on a new connection.
    var beginsTLS: Bool { verb == "STARTTLS" && TypedWord.split(line.request).count == 1 }

    private func requireNoMistake() throws(ExitError) {
        if let mistake = MistakenRedirection(line, for: spec) {
            throw ExitError(message: mistake.message, status: .usage)
        }
    }

    /// Refuses a request that would not take a message that is written in an editor first: the text would be lost.
    func requireMissingMessage() throws(ExitError) {
        try requireNoMistake()
        guard spec != nil, mayBeAskedForMessage, line.input == nil else {
            throw ExitError(
                message: "\\edit takes a request that lacks nothing but its message, such as \\edit ENCRYPT TO=bob",
                status: .usage)
        }
        if let spec { try requireLogIn(for: spec) }
    }

    /// Refuses a request that would ask for a message and then be refused for want of a log-in: the text that the user
    /// types would be lost.
    private func requireLogIn(for spec: CommandSpec) throws(ExitError) {
        guard spec.access == .user, connection.account == nil, file == nil, text == nil, mayBeAskedForMessage else {
            return
        }
        throw ExitError(message: "log in first, by LOGIN name. Not sent", status: .refused)
    }

    /// The body of the answer, or its text if it has no body. It is complete after `run`.
    var result: ByteBuffer? { answer.result }

    private func send() {
        let (request, sender) = (ByteBuffer(bytes: line.request), RequestSender(connection))
        if let file { return sender.announce(file, after: request) }
        guard text == nil, let spec else { return sender.send(request) }
        if line.output != nil, let message {
            sender.send(whole: message.literalRequest, traced: request)
        } else if line.request.count <= RequestEncoder.maximumLength {
            sender.send(request)
        } else if let message {
            // A longer line is sent as a text, so the answer is a text too.
            text = message.value.lines
            mayBeAskedForMessage = true
            sender.send(ByteBuffer(bytes: message.request))
        } else {
            sender.send(RequestEncoder(TypedWord.split(line.request).map(\.value), for: spec).bytes)
        }
    }

    // MARK: - Answers to the server's questions

    func secret(for prompt: Reply) throws(ExitError) -> ByteBuffer {
        SecretPrompt.answer(to: prompt, verb: verb)
    }

    func sendMessage(for prompt: Reply) throws(ExitError) {
        // The request lacks nothing after its message.
        mayBeAskedForMessage = false
        if let file { return try RequestSender(connection).sendLiteral(file) }
        if text == nil { Output.writeMessage(TerminalText.escaped(prompt.text)) }
        try RequestSender(connection).sendText { () throws(ExitError) in
            guard let line = nextLine() else { return nil }
            return ByteBuffer(bytes: line).dotStuffed
        }
        if isCancelled { connection.refuseText() } else { connection.write(ByteBuffer(string: ".")) }
    }

    /// Returns the next line of the message, or nil at its end.
    private func nextLine() -> [UInt8]? {
        if text != nil { return text!.isEmpty ? nil : text!.removeFirst() }
        // Ctrl-C is a key only while a line is edited. Pressed before that, it cancels the message too.
        guard !Interrupt.consume() else {
            isCancelled = true
            return nil
        }
        switch LineEditor.readLine("> ") {
        case .text(let line) where !Interrupt.consume():
            guard line != [UInt8(ascii: ".")] else { return nil }
            typedLines.append(line)
            return line
        case .text, .cancelled, .endOfInput:
            isCancelled = true
            return nil
        }
    }

    func take(_ part: ByteBuffer, of head: ReplyHead) throws(ExitError) {
        try answer.take(part, of: head)
    }
}
