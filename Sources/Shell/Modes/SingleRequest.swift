import Input
import NIOCore
import Wire

/// One request from the program's arguments. Answers to the server's questions come from standard input.
final class SingleRequest: RequestDelegate {
    private let connection: ServerConnection
    private let words: [[UInt8]]
    private let answer: AnswerWriter
    private var input = InputReader.standardInput(keepsCR: true)
    private var file: MessageFile?
    private(set) var mayBeAskedForMessage = false

    init(_ words: [[UInt8]], _ connection: ServerConnection, _ answer: AnswerWriter) {
        self.words = words
        self.connection = connection
        self.answer = answer
    }

    func run() throws(ExitError) {
        try connection.connect()
        let spec = connection.spec(of: verb)
        // The user is logged in for every command of a plugin, except those that log in or sign up themselves.
        let request = RequestEncoder(words, for: spec)
        if let spec, spec.access(ofForm: request.form) == .user || !spec.plugin.isEmpty && !spec.isConfidential {
            try connection.logIn()
        }
        let head = try connection.perform(verb, for: self) { () throws(ExitError) in try self.send(request) }
        connection.disconnect()
        guard let head else { return }
        let isSuccess = head.reply.exitStatus == .success
        if isSuccess || answer.takesRefusals { try answer.finish(head) }
        guard isSuccess else {
            let message = answer.takesRefusals ? "" : Output.text(of: head.reply)
            throw ExitError(message: message, status: head.reply.exitStatus)
        }
    }

    private func send(_ request: RequestEncoder) throws(ExitError) {
        mayBeAskedForMessage = request.missing.contains { $0.type.isMessage }
        if request.lacksOnlyMessage, !Terminal.isStandardInput {
            let file = try MessageFile.standardInput()
            guard file.size > 0 || file.isRegular else {
                throw ExitError(
                    message: "standard input has no message; an argument such as KEY=value is a message after --",
                    status: .usage)
            }
            self.file = file
            RequestSender(connection).announce(file, after: request.bytes)
        } else {
            answer.addsLineEnd = true
            RequestSender(connection).send(request.bytes)
        }
    }

    func secret(for prompt: Reply) throws(ExitError) -> ByteBuffer {
        // Standard input is the message, so the secret has to come from the terminal.
        if Terminal.isStandardInput || file != nil {
            guard RawTerminal.isAvailable else { throw SecretPrompt.noTerminal }
            return SecretPrompt.answer(to: prompt, verb: verb)
        }
        guard let line = input.nextLine() else {
            throw ExitError(message: "standard input ends before the answer to the server's question", status: .refused)
        }
        return line
    }

    func sendMessage(for prompt: Reply) throws(ExitError) {
        // The request lacks nothing after its message.
        mayBeAskedForMessage = false
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
