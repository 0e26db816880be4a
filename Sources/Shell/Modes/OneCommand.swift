import NIOCore
import Wire

/// One request, from the program's arguments. What the server asks for comes from standard input.
final class OneCommand: Answering {
    private let session: Session
    private let words: [[UInt8]]
    private let isJSON: Bool
    private let sink: AnswerSink
    private var input = InputReader.standardInput(keepsCR: true)
    private var file: MessageFile?

    init(_ words: [[UInt8]], _ session: Session, isJSON: Bool) {
        self.words = words
        self.session = session
        self.isJSON = isJSON
        sink = AnswerSink(isJSON ? .json(line: nil) : .standard, words.first.flatMap { Verb($0) })
    }

    func run() throws(Stop) {
        try session.connect()
        let spec = session.spec(of: verb)
        // Whoever is named is logged in, but for what the session answers by itself, and for what is about logging in.
        if let spec, spec.access == .user || !spec.plugin.isEmpty && !spec.isConfidential { try session.logIn() }
        let request = RequestLine(words, for: spec)
        let head = try session.perform(verb, for: self) { () throws(Stop) in try self.send(request) }
        session.disconnect()
        guard let head else { return }
        if isJSON || head.reply.status == .success { try sink.finish(head) }
        guard head.reply.status == .success else {
            throw Stop(message: isJSON ? "" : Output.text(of: head.reply), status: head.reply.status)
        }
    }

    private func send(_ request: RequestLine) throws(Stop) {
        if request.lacksOnlyMessage, !Screen.isInput {
            let file = try MessageFile.standardInput()
            self.file = file
            session.announce(request.octets, file)
        } else {
            session.sendRequest(request.octets)
        }
    }

    func secret(for prompt: Reply) throws(Stop) -> ByteBuffer {
        if Screen.isInput { return SecretPrompt.answer(to: prompt, verb: verb) }
        guard let line = input.nextLine() else {
            throw Stop(message: "standard input ends where an answer is asked for", status: .refused)
        }
        return line
    }

    func sendMessage(for prompt: Reply) throws(Stop) {
        if let file { return try session.sendLiteral(file) }
        if Screen.isInput { Output.note("The message, then Ctrl-D on a line of its own:") }
        try session.sendText { () throws(Stop) in input.nextLine()?.dotStuffed }
        session.write(ByteBuffer(string: "."))
    }

    func take(_ part: ByteBuffer, of head: ReplyHead) throws(Stop) {
        try sink.take(part, of: head)
    }

    private var verb: Verb? { words.first.flatMap { Verb($0) } }
}
