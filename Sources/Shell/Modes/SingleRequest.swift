import NIOCore
import Wire

/// One request from the program's arguments. Answers to the server's questions come from standard input.
final class SingleRequest: RequestDelegate {
    private let connection: ServerConnection
    private let words: [[UInt8]]
    private let isJSON: Bool
    private let answer: AnswerWriter
    private var input = InputReader.standardInput(keepsCR: true)
    private var file: MessageFile?

    init(_ words: [[UInt8]], _ connection: ServerConnection, isJSON: Bool) {
        self.words = words
        self.connection = connection
        self.isJSON = isJSON
        answer = AnswerWriter(isJSON ? .json(line: nil) : .standard, words.first.flatMap { Verb($0) })
    }

    func run() throws(ExitError) {
        try connection.connect()
        let spec = connection.spec(of: verb)
        // The user is logged in for every command of a plugin, except those that log in or sign up themselves.
        if let spec, spec.access == .user || !spec.plugin.isEmpty && !spec.isConfidential { try connection.logIn() }
        let request = RequestEncoder(words, for: spec)
        let head = try connection.perform(verb, for: self) { () throws(ExitError) in try self.send(request) }
        connection.disconnect()
        guard let head else { return }
        if isJSON || head.reply.exitStatus == .success { try answer.finish(head) }
        guard head.reply.exitStatus == .success else {
            throw ExitError(message: isJSON ? "" : Output.text(of: head.reply), status: head.reply.exitStatus)
        }
    }

    private func send(_ request: RequestEncoder) throws(ExitError) {
        if request.lacksOnlyMessage, !Terminal.isStandardInput {
            let file = try MessageFile.standardInput()
            self.file = file
            RequestSender(connection).announce(file, after: request.bytes)
        } else {
            RequestSender(connection).send(request.bytes)
        }
    }

    func secret(for prompt: Reply) throws(ExitError) -> ByteBuffer {
        if Terminal.isStandardInput { return SecretPrompt.answer(to: prompt, verb: verb) }
        guard let line = input.nextLine() else {
            throw ExitError(message: "standard input ends where an answer is asked for", status: .refused)
        }
        return line
    }

    func sendMessage(for prompt: Reply) throws(ExitError) {
        if let file { return try RequestSender(connection).sendLiteral(file) }
        if Terminal.isStandardInput { Output.writeMessage("The message, then Ctrl-D on a line of its own:") }
        try RequestSender(connection).sendText { () throws(ExitError) in input.nextLine()?.dotStuffed }
        connection.write(ByteBuffer(string: "."))
    }

    func take(_ part: ByteBuffer, of head: ReplyHead) throws(ExitError) {
        try answer.take(part, of: head)
    }

    private var verb: Verb? { words.first.flatMap { Verb($0) } }
}
