import NIOCore
import Wire

/// The writer of one answer: of the reply's text, and of its body as it arrives.
final class AnswerWriter {
    enum Target {
        /// A user at a terminal.
        case terminal
        /// Standard output, which gets the body byte for byte. The text beside a body goes to standard error.
        case standardOutput
        case file(AnswerFile)
        /// Standard output, which gets one JSON object. `line` is the number of the script's line that holds the
        /// request.
        case json(line: Int?)

        /// The target that suits standard output.
        static var standard: Target { Terminal.isStandardOutput ? .terminal : .standardOutput }
    }

    /// The largest body that a terminal shows, in bytes. Of a longer one only the size is shown.
    private static let maximumShown = 1 << 20

    private let target: Target
    private let verb: Verb?
    private var body = ByteBuffer()
    private var count = 0
    /// The body that was kept for a terminal or for JSON, or else the text of the reply; nil if neither is known.
    private(set) var result: ByteBuffer?

    init(_ target: Target, _ verb: Verb?) {
        self.target = target
        self.verb = verb
    }

    /// Takes the next part of the body that follows `head`.
    func take(_ part: ByteBuffer, of head: ReplyHead) throws(ExitError) {
        count += part.readableBytes
        switch target {
        case .terminal where count > Self.maximumShown: body.clear()
        case .terminal, .json: body.writeImmutableBuffer(part)
        case .standardOutput: Output.write(part)
        case .file(let file): try file.write(part)
        }
    }

    /// Writes what remains, after the body has been taken. Only a JSON target gets refusals: the caller reports others.
    func finish(_ head: ReplyHead) throws(ExitError) {
        if case .json(let line) = target {
            let answer = JSONAnswer(head.reply, verb: verb, line: line, body: head.bodyCount == nil ? nil : body)
            return Output.write(answer.bytes)
        }
        guard head.reply.isSuccess else { return }
        if head.bodyCount == nil {
            result = AnswerFacts(head.reply, verb: verb).body
        } else if body.readableBytes == count {
            result = body
        }
        switch target {
        case .terminal: Pager.show(terminalLines(head))
        case .standardOutput where head.bodyCount == nil:
            Output.write(ByteBuffer(string: head.reply.lines.joined(separator: "\n") + "\n"))
        case .standardOutput, .json: writeText(of: head.reply)
        case .file(let file): try finish(file, head)
        }
    }

    private func finish(_ file: AnswerFile, _ head: ReplyHead) throws(ExitError) {
        if head.bodyCount == nil {
            try file.write(ByteBuffer(string: head.reply.lines.joined(separator: "\n") + "\n"))
        } else {
            writeText(of: head.reply)
            if count == 0 { try file.write(ByteBuffer()) }
        }
        try file.finish()
        Output.writeMessage("\(file.count) bytes in \(TerminalText.escaped(file.path))")
    }

    private func writeText(of reply: Reply) {
        if !reply.text.isEmpty { Output.writeMessage(TerminalText.escaped(reply.lines.joined(separator: "\n"))) }
    }

    private func terminalLines(_ head: ReplyHead) -> [String] {
        let lines = head.bodyCount != nil && head.reply.text.isEmpty ? [] : head.reply.lines.map(TerminalText.escaped)
        return head.bodyCount == nil ? lines : lines + BodyPreview.lines(of: body, count: count)
    }
}
