import Armor
import Input
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
        /// Standard output, which gets one member of the JSON object.
        case field(String)

        /// The target that suits standard output.
        static var standard: Target { Terminal.isStandardOutput ? .terminal : .standardOutput }
    }

    /// The largest body that a terminal shows, in bytes. Of a longer one only the size is shown.
    private static let maximumShown = 1 << 20

    private let target: Target
    private let verb: Verb?
    private let form: AnswerForm
    /// Whether a line end is added after a text, as if the message was an argument.
    var addsLineEnd = false
    private var progress: ProgressBar?
    private var body = ByteBuffer()
    private var count = 0
    /// The body that was kept for a terminal or for JSON, or else the text of the reply; nil if neither is known.
    private(set) var result: ByteBuffer?

    /// - Parameter form: the form of a sealed message on standard output or in JSON. A file gets the binary form.
    init(_ target: Target, _ verb: Verb?, form: AnswerForm = .armor) {
        self.target = target
        self.verb = verb
        self.form = form
    }

    /// Whether refusals are a part of the output too.
    var takesRefusals: Bool { if case .json = target { true } else { false } }

    /// Takes the next part of the body that follows `head`.
    func take(_ part: ByteBuffer, of head: ReplyHead) throws(ExitError) {
        count += part.readableBytes
        showProgress(of: head)
        switch target {
        case .terminal where count > Self.maximumShown: body.clear()
        case .terminal, .json, .field: body.writeImmutableBuffer(part)
        case .standardOutput:
            body.writeImmutableBuffer(part)
            guard !keepsBody else { return }
            Output.write(body)
            body.clear()
        case .file(let file): try file.write(part)
        }
    }

    /// Shows how much of a large body has come.
    private func showProgress(of head: ReplyHead) {
        if progress == nil { progress = head.bodyCount.map { ProgressBar(of: $0) } }
        progress?.show(count)
    }

    /// Removes the progress bar. The caller uses this if the rest of the answer will not come.
    func endProgress() { progress.take()?.end() }

    /// Writes what remains, after the body has been taken. Only a JSON target gets refusals: the caller reports others.
    func finish(_ head: ReplyHead) throws(ExitError) {
        endProgress()
        if case .json(let line) = target { return Output.write(answer(head, line: line).bytes) }
        guard head.reply.isSuccess else { return }
        if head.bodyCount == nil {
            result = AnswerFacts(head.reply, verb: verb).body.map(Self.unwrapped)
        } else if body.readableBytes == count {
            result = armored ?? body
        }
        switch target {
        case .terminal: Pager.show(terminalLines(head))
        case .standardOutput where head.bodyCount == nil:
            Output.write(ByteBuffer(string: head.reply.lines.joined(separator: "\n") + "\n"))
        case .standardOutput, .json:
            writeText(of: head.reply)
            Output.write(printed)
        case .field(let name): try write(name, of: answer(head, line: nil))
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

    /// Returns a sealed message without the line ends that a reply puts into a long text, and other text as it is.
    private static func unwrapped(_ text: ByteBuffer) -> ByteBuffer {
        guard let sealed = MessageArmor.decode(text.readableBytesSpan),
            let line = MessageArmor.encode(sealed.span.bytes)
        else { return text }
        return ByteBuffer(bytes: line)
    }

    /// Whether the body is kept until its end: a sealed message is made text as a whole, and a text gets its line end.
    private var keepsBody: Bool {
        // Bytes that were written are not in the body. Those after them are written too.
        guard form == .armor, body.readableBytes == count else { return false }
        if addsLineEnd || count < MessageArmor.magic.utf8CodeUnitCount { return true }
        let bytes = body
        return MessageArmor.isSealed(bytes.readableBytesSpan)
    }

    /// The text form of the kept body; nil if it is no sealed message.
    private var armored: ByteBuffer? {
        let bytes = body
        return MessageArmor.encode(bytes.readableBytesSpan).map { ByteBuffer(bytes: $0) }
    }

    /// The kept body as it is printed.
    private var printed: ByteBuffer {
        guard form == .armor else { return body }
        let armored = armored
        var text = armored ?? body
        let isText = addsLineEnd && String(validating: body.readableBytesView, as: UTF8.self) != nil
        if armored != nil || isText { text.writeStaticString("\n") }
        return text
    }

    private func answer(_ head: ReplyHead, line: Int?) -> JSONAnswer {
        let shown = form == .armor ? armored ?? body : body
        return JSONAnswer(head.reply, verb: verb, line: line, body: head.bodyCount == nil ? nil : shown)
    }

    private func write(_ name: String, of answer: JSONAnswer) throws(ExitError) {
        guard let value = answer.value(of: name) else {
            throw ExitError(
                message:
                    "the answer has no \(TerminalText.escaped(name)); it has \(answer.names.joined(separator: ", "))",
                status: .transfer)
        }
        Output.write(ByteBuffer(string: value + "\n"))
    }

    private func writeText(of reply: Reply) {
        if !reply.text.isEmpty { Output.writeMessage(TerminalText.escaped(reply.lines.joined(separator: "\n"))) }
    }

    private func terminalLines(_ head: ReplyHead) -> [String] {
        let lines = head.bodyCount != nil && head.reply.text.isEmpty ? [] : head.reply.lines.map(TerminalText.escaped)
        return head.bodyCount == nil ? lines : lines + BodyPreview.lines(of: body, count: count)
    }
}
