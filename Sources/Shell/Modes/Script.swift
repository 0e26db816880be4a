import NIOCore
import Wire

/// Requests from standard input, a line each. Those that do nothing but give an answer are sent without waiting for the
/// answers before them; any other waits for those, so that nothing is done behind a refusal.
final class Script: Answering {
    private static let chunk = 1 << 16
    /// Requests that may be without their answers at once.
    private static let window = 64

    private let session: Session
    private let isJSON: Bool
    private let keepsGoing: Bool
    private var input = InputReader.standardInput(passesMark: true)
    /// What was asked and not heard: the script's lines and verbs.
    private var pending: [(line: Int, verb: Verb?)] = []
    /// Octets of requests that wait to be sent together.
    private var batch = ByteBuffer()
    private var sink: AnswerSink?
    /// Octets of a literal that the server is still asked to take.
    private var announced: Int?
    /// How the worst refusal so far was meant.
    private var worst: Status?

    init(_ session: Session, isJSON: Bool, keepsGoing: Bool) {
        self.session = session
        self.isJSON = isJSON
        self.keepsGoing = keepsGoing
    }

    func run() throws(Stop) {
        try session.connect()
        try session.logIn()
        while let line = try nextRequest() {
            guard try run(line) else { return try end() }
        }
        try hear(all: true)
        session.quit()
        try end()
    }

    private func end() throws(Stop) {
        if let worst { throw Stop(message: "", status: worst) }
    }

    /// The next line that is a request. Whoever writes the script may wait for the answers to what was written so far.
    private func nextRequest() throws(Stop) -> ByteBuffer? {
        while true {
            if !input.isReady { try hear(all: true) }
            guard let line = input.nextLine() else { return nil }
            if !Self.isSkipped(line) { return line }
        }
    }

    /// Whether a line is for people: blank, or a comment.
    static func isSkipped(_ line: ByteBuffer) -> Bool {
        let text = line.readableBytesView
        let isBlank = text.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        return isBlank || text.first == UInt8(ascii: "#")
    }

    // MARK: - Requests

    /// Whether the session goes on.
    private func run(_ line: ByteBuffer) throws(Stop) -> Bool {
        let number = input.line
        let verb = Frame(head: line).verb
        if Self.isHarmless(line, session.spec(of: verb)) {
            if pending.count == Self.window { try hear(all: false) }
            Session.write(line, into: &batch)
            pending.append((number, verb))
            if batch.readableBytes >= Self.chunk { flush() }
            return true
        }
        try hear(all: true)
        sink = makeSink(number, verb)
        let head = try session.perform(verb, for: self) { () throws(Stop) in try send(line) }
        guard let head else { return false }
        try finish(head, number)
        return !head.reply.endsSession
    }

    /// Whether a request may be sent before it is known what came of those before it: it is one line, it changes
    /// nothing, and tells no secret.
    static func isHarmless(_ line: ByteBuffer, _ spec: CommandSpec?) -> Bool {
        guard let spec, !spec.plugin.isEmpty, spec.isRepeatable, spec.access != .operator, !spec.isConfidential,
            LiteralMark.announced(by: line.readableBytesView) == nil,
            let request = try? Request(
                Frame(head: line), for: Manifest.Entry(spec), words: Limits.session.words)
        else { return false }
        return request.missing == nil && !request.isConfidential
    }

    private func flush() {
        session.send(batch)
        batch.clear()
    }

    /// Hears the answers that are still to come: all, or so many that there is room for as many requests again.
    private func hear(all: Bool) throws(Stop) {
        guard !pending.isEmpty else { return }
        flush()
        let count = all ? pending.count : pending.count / 2
        for (line, verb) in pending.prefix(count) {
            sink = makeSink(line, verb)
            guard let head = try session.complete(verb, for: self) else { return }
            try finish(head, line)
        }
        pending.removeFirst(count)
    }

    // MARK: - Answers

    private func makeSink(_ line: Int, _ verb: Verb?) -> AnswerSink {
        AnswerSink(isJSON ? .json(line: line) : .standard, verb)
    }

    private func finish(_ head: ReplyHead, _ line: Int) throws(Stop) {
        let status = head.reply.status
        if isJSON || status == .success { try sink?.finish(head) }
        guard status != .success else { return }
        let message = isJSON ? "" : "line \(line): \(Output.text(of: head.reply))"
        guard keepsGoing, !head.reply.endsSession else { throw Stop(message: message, status: status) }
        if !isJSON { Output.complain(message) }
        if worst != .refused { worst = status }
    }

    func take(_ part: ByteBuffer, of head: ReplyHead) throws(Stop) {
        try sink?.take(part, of: head)
    }

    // MARK: - What the script holds for the server

    func secret(for prompt: Reply) throws(Stop) -> ByteBuffer {
        try nextLine(orEndsIn: "where an answer is asked for")
    }

    func sendMessage(for prompt: Reply) throws(Stop) {
        if let count = announced { return try sendLiteral(count) }
        var isOver = false
        try session.sendText { () throws(Stop) in
            guard !isOver else { return nil }
            let line = try nextLine(orEndsIn: "inside a text")
            isOver = line.readableBytesView.elementsEqual(CollectionOfOne(UInt8(ascii: ".")))
            return line
        }
    }

    /// Sends a request's line, with the literals whose octets follow in the script.
    private func send(_ line: ByteBuffer) throws(Stop) {
        session.write(line)
        let mark = LiteralMark.announced(by: line.readableBytesView)
        announced = nil
        if let mark, mark.waits { announced = mark.count } else if let mark { try sendLiteral(mark.count) }
    }

    /// Sends a literal and the rest of its request. A server that has hung up has said why.
    private func sendLiteral(_ count: Int) throws(Stop) {
        var rest = count
        while rest > 0, session.isConnected {
            guard let octets = input.nextOctets(min(rest, Self.chunk)) else { throw cutShort("inside a literal") }
            rest -= octets.readableBytes
            session.send(octets)
        }
        if session.isConnected { try send(try nextLine(orEndsIn: "inside a request")) }
    }

    private func nextLine(orEndsIn place: String) throws(Stop) -> ByteBuffer {
        guard let line = input.nextLine() else { throw cutShort(place) }
        return line
    }

    private func cutShort(_ place: String) -> Stop {
        Stop(message: "line \(input.line): the script ends \(place)", status: .refused)
    }
}
