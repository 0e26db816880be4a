import NIOCore
import Wire

/// Where an answer goes: its text, and its body as it comes.
final class AnswerSink {
    enum Place {
        /// A person reads it.
        case person
        /// Standard output, octet for octet; what is said about a body goes to standard error.
        case output
        case file(OutputFile)
        /// Standard output, as one JSON object. `line`: the script's line that asked.
        case json(line: Int?)

        /// Standard output, as whoever reads it needs it.
        static var standard: Place { Screen.isOutput ? .person : .output }
    }

    /// Octets of a body that are kept to be shown; of a longer one only the size is.
    private static let longestShown = 1 << 20

    private let place: Place
    private let verb: Verb?
    private var body = ByteBuffer()
    private var count = 0

    init(_ place: Place, _ verb: Verb?) {
        self.place = place
        self.verb = verb
    }

    /// Takes the next part of the body behind `head`.
    func take(_ part: ByteBuffer, of head: ReplyHead) throws(Stop) {
        count += part.readableBytes
        switch place {
        case .person where count > Self.longestShown: body.clear()
        case .person, .json: body.writeImmutableBuffer(part)
        case .output: Output.write(part)
        case .file(let file): try file.write(part)
        }
    }

    /// Says the rest, once the body has been taken. A refusal is left to the caller, but where everything is JSON.
    func finish(_ head: ReplyHead) throws(Stop) {
        if case .json(let line) = place {
            let answer = JSONAnswer(head.reply, verb: verb, line: line, body: head.bodyCount == nil ? nil : body)
            return Output.write(answer.octets)
        }
        guard head.reply.isSuccess else { return }
        switch place {
        case .person: Pager.show(shownLines(head))
        case .output where head.bodyCount == nil:
            Output.write(ByteBuffer(string: head.reply.lines.joined(separator: "\n") + "\n"))
        case .output, .json: about(head.reply)
        case .file(let file): try finish(file, head)
        }
    }

    private func finish(_ file: OutputFile, _ head: ReplyHead) throws(Stop) {
        if head.bodyCount == nil {
            try file.write(ByteBuffer(string: head.reply.lines.joined(separator: "\n") + "\n"))
        } else {
            about(head.reply)
            if count == 0 { try file.write(ByteBuffer()) }
        }
        try file.finish()
        Output.note("\(file.count) octets in \(Escaping.shown(file.path))")
    }

    private func about(_ reply: Reply) {
        if !reply.text.isEmpty { Output.note(Escaping.shown(reply.lines.joined(separator: "\n"))) }
    }

    private func shownLines(_ head: ReplyHead) -> [String] {
        let lines = head.bodyCount != nil && head.reply.text.isEmpty ? [] : head.reply.lines.map(Escaping.shown)
        return head.bodyCount == nil ? lines : lines + Shown.lines(of: body, count: count)
    }
}
