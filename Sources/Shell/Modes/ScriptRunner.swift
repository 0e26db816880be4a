import Input
import NIOCore
import Wire

/// The runner of a script: requests from standard input, one in a line.
///
/// Requests that only return data are sent without waiting for earlier replies. Any other request waits for them, so
/// that nothing is changed after a refusal.
final class ScriptRunner: RequestDelegate {
    private static let chunk = 1 << 16
    /// The greatest number of requests that wait for replies.
    private static let window = 64

    private let connection: ServerConnection
    private let isJSON: Bool
    private let continuesAfterRefusal: Bool
    private var input = InputReader.standardInput(skipsByteOrderMark: true)
    /// The line numbers and verbs of the requests that wait for replies.
    private var pending: [(line: Int, verb: Verb?)] = []
    /// The requests that are not sent yet.
    private var batch = ByteBuffer()
    private var answer: AnswerWriter?
    /// The size of the literal that the server is still asked to accept, in bytes.
    private var announcedSize: Int?
    /// Whether the current request lacks a message that can be sent as a text.
    private var lacksText = false
    /// The most severe status of the refusals so far.
    private var worstStatus: ExitStatus?

    init(_ connection: ServerConnection, isJSON: Bool, continuesAfterRefusal: Bool) {
        self.connection = connection
        self.isJSON = isJSON
        self.continuesAfterRefusal = continuesAfterRefusal
    }

    func run() throws(ExitError) {
        try connection.connect()
        try connection.logIn()
        while let line = try nextRequest() {
            guard try run(line) else { return try throwWorstStatus() }
        }
        try receiveReplies(all: true)
        connection.quit()
        try throwWorstStatus()
    }

    private func throwWorstStatus() throws(ExitError) {
        if let worstStatus { throw ExitError(message: "", status: worstStatus) }
    }

    /// Returns the next line that holds a request. Pending replies are written first if there is no line yet, since
    /// the author of the lines may wait for them.
    private func nextRequest() throws(ExitError) -> ByteBuffer? {
        while true {
            if !input.canReadLine { try receiveReplies(all: true) }
            guard let line = input.nextLine() else { return nil }
            if !Self.isSkipped(line) { return line }
        }
    }

    /// Returns whether a line is blank or a comment.
    static func isSkipped(_ line: ByteBuffer) -> Bool {
        let text = line.readableBytesView
        let isBlank = text.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        return isBlank || text.first == UInt8(ascii: "#")
    }

    // MARK: - Requests

    /// Runs a request. Returns false if the session ends after it.
    private func run(_ line: ByteBuffer) throws(ExitError) -> Bool {
        let number = input.line
        let verb = RequestLine(head: line).verb
        if Self.canPipeline(line, connection.spec(of: verb)) {
            if pending.count == Self.window { try receiveReplies(all: false) }
            batch.writeLine(line)
            pending.append((number, verb))
            if batch.readableBytes >= Self.chunk { flush() }
            return true
        }
        try receiveReplies(all: true)
        answer = makeWriter(number, verb)
        lacksText = InlineMessage.isMissing(in: Array(line.readableBytesView), for: connection.spec(of: verb))
        let head = try connection.perform(verb, for: self) { () throws(ExitError) in try send(line) }
        guard let head else { return false }
        try finish(head, number)
        return !head.reply.endsSession
    }

    /// Returns whether a request may be sent before the replies to earlier ones. It must be one complete line, change
    /// nothing, and hold no secret.
    static func canPipeline(_ line: ByteBuffer, _ spec: CommandSpec?) -> Bool {
        guard let spec, !spec.plugin.isEmpty, spec.isRepeatable, spec.access != .operator, !spec.isConfidential,
            LiteralMark.atEnd(of: line.readableBytesView) == nil,
            let request = try? Request(
                RequestLine(head: line), for: Manifest.Entry(spec), words: Limits.session.words)
        else { return false }
        return request.missing == nil && !request.isConfidential
    }

    private func flush() {
        connection.send(batch)
        batch.clear()
    }

    /// Receives all pending replies, or half of them to make room for more requests.
    private func receiveReplies(all: Bool) throws(ExitError) {
        guard !pending.isEmpty else { return }
        flush()
        let count = all ? pending.count : pending.count / 2
        (lacksText, announcedSize) = (false, nil)
        for (line, verb) in pending.prefix(count) {
            answer = makeWriter(line, verb)
            guard let head = try connection.receiveReply(to: verb, for: self) else { return }
            try finish(head, line)
        }
        pending.removeFirst(count)
    }

    // MARK: - Answers

    private func makeWriter(_ line: Int, _ verb: Verb?) -> AnswerWriter {
        // A literal is answered by a literal, byte for byte.
        isJSON ? AnswerWriter(.json(line: line), verb) : AnswerWriter(.standard, verb, form: .binary)
    }

    private func finish(_ head: ReplyHead, _ line: Int) throws(ExitError) {
        let status = head.reply.exitStatus
        if isJSON || status == .success { try answer?.finish(head) }
        guard status != .success else { return }
        let message = isJSON ? "" : "line \(line): \(Output.text(of: head.reply))"
        guard continuesAfterRefusal, !head.reply.endsSession else { throw ExitError(message: message, status: status) }
        if !isJSON { Output.reportError(message) }
        if worstStatus != .refused { worstStatus = status }
    }

    func take(_ part: ByteBuffer, of head: ReplyHead) throws(ExitError) {
        try answer?.take(part, of: head)
    }

    // MARK: - Answers to the server's questions

    func secret(for prompt: Reply) throws(ExitError) -> ByteBuffer {
        try nextLine(orEndsIn: "before the answer to the server's question")
    }

    var mayBeAskedForMessage: Bool { announcedSize != nil || lacksText }

    func sendMessage(for prompt: Reply) throws(ExitError) {
        if let count = announcedSize.take() { return try sendLiteral(count) }
        lacksText = false
        var isOver = false
        try RequestSender(connection).sendText { () throws(ExitError) in
            guard !isOver else { return nil }
            let line = try nextLine(orEndsIn: "inside a text")
            isOver = line.readableBytesView.elementsEqual(CollectionOfOne(UInt8(ascii: ".")))
            return line
        }
    }

    /// Sends the line of a request, and the literals whose bytes follow in the script.
    private func send(_ line: ByteBuffer) throws(ExitError) {
        connection.write(line)
        let mark = LiteralMark.atEnd(of: line.readableBytesView)
        announcedSize = nil
        if let mark, mark.waits { announcedSize = mark.count } else if let mark { try sendLiteral(mark.count) }
    }

    /// Sends a literal and the rest of its request. If the server has closed the connection, its reply states the
    /// reason.
    private func sendLiteral(_ count: Int) throws(ExitError) {
        var rest = count
        while rest > 0, connection.isConnected {
            guard let bytes = input.nextBytes(min(rest, Self.chunk)) else { throw unexpectedEnd("inside a literal") }
            rest -= bytes.readableBytes
            connection.send(bytes)
        }
        if connection.isConnected { try send(try nextLine(orEndsIn: "inside a request")) }
    }

    private func nextLine(orEndsIn part: String) throws(ExitError) -> ByteBuffer {
        guard let line = input.nextLine() else { throw unexpectedEnd(part) }
        return line
    }

    private func unexpectedEnd(_ part: String) -> ExitError {
        ExitError(message: "line \(input.line): the script ends \(part)", status: .refused)
    }
}
