import NIOCore
import Wire

/// One request typed into the shell, from its line to its answer.
final class ShellRequest: Answering {
    let verb: Verb?
    private let line: ShellLine
    private let session: Session
    private let spec: CommandSpec?
    private let sink: AnswerSink
    private var file: MessageFile?
    private var isCancelled = false

    init(_ line: [UInt8], _ session: Session) {
        verb = Frame(head: ByteBuffer(bytes: line)).verb
        spec = session.spec(of: verb)
        self.line = ShellLine(line, for: spec)
        self.session = session
        let file = self.line.output.map { AnswerSink.Place.file(OutputFile(path: $0)) }
        sink = AnswerSink(file ?? .standard, verb)
    }

    /// The reply, which has been shown; nil when it was given up.
    func run() throws(Stop) -> Reply? {
        if let input = line.input { file = try MessageFile(path: input) }
        guard let head = try session.perform(verb, for: self, send), !isCancelled else {
            // Where the terminal has written ^C.
            Output.note("")
            Output.complain(session.isConnected ? "cancelled" : "cancelled, and with it the connection")
            return nil
        }
        if head.reply.isSuccess { try sink.finish(head) } else { Output.refusal(head.reply) }
        return head.reply
    }

    private func send() {
        let request = ByteBuffer(bytes: line.request)
        if let file {
            session.announce(request, file)
        } else if line.output != nil, let spec, let literal = LiteralRequest(line.request, for: spec) {
            session.sendRequest(whole: literal.octets, shown: request)
        } else {
            session.sendRequest(request)
        }
    }

    // MARK: - What the server asks for

    func secret(for prompt: Reply) throws(Stop) -> ByteBuffer {
        SecretPrompt.answer(to: prompt, verb: verb)
    }

    func sendMessage(for prompt: Reply) throws(Stop) {
        if let file { return try session.sendLiteral(file) }
        Output.note(Escaping.shown(prompt.text))
        try session.sendText { () throws(Stop) in nextLine() }
        if isCancelled { session.refuseText() } else { session.write(ByteBuffer(string: ".")) }
    }

    /// A line of a text that is typed; nil at its end.
    private func nextLine() -> ByteBuffer? {
        // Ctrl-C is a key only while a line is edited: what was pressed before means the message as well.
        guard !Interrupt.take() else {
            isCancelled = true
            return nil
        }
        switch LineEditor.line("> ") {
        case .text(let line) where !Interrupt.take():
            return line == [UInt8(ascii: ".")] ? nil : ByteBuffer(bytes: line).dotStuffed
        case .text, .dropped, .end:
            isCancelled = true
            return nil
        }
    }

    func take(_ part: ByteBuffer, of head: ReplyHead) throws(Stop) {
        try sink.take(part, of: head)
    }
}
