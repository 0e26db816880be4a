import NIOCore

/// Splits input into request lines with their literals, dot-stuffed texts, and answers to prompts.
///
/// A framer does no I/O. It takes bytes and returns one event, or nil if it needs more bytes. The bytes alone decide
/// where a line and its literals end, whatever the command means and however an earlier request ended. Only the
/// session knows that a text or an answer comes next, and tells the framer when it asks the client for one.
package struct Framer {
    package enum Event: Equatable {
        case line(RequestLine)
        /// A line has announced a literal. The caller must call `takeLiteral`, `passLiteral` or `refuseLiteral`
        /// before it calls `next` again.
        case announced(RequestLine, LiteralMark)
        /// A text after unstuffing. Its lines are joined by LF, and the last line has no line end.
        case text(ByteBuffer)
        /// The line that answers a prompt, without its line end.
        case answer(ByteBuffer)
        /// Bytes that must be sent to the client as the answer to its telnet commands.
        case telnet(ByteBuffer)
        /// A request, text or answer was refused. After a fatal failure, no later input can be interpreted.
        case failed(Failure, isFatal: Bool)
    }

    /// The outcome of one step.
    private enum Step {
        case event(Event)
        case again
        case wait
    }

    /// The request that has announced a literal. It is an array of one frame or none, because an empty array takes
    /// less room in an idle session.
    private var begun: [RequestLine] = []
    /// An event that waits until the answer to telnet has been returned. It is an array for the same reason.
    private var held: [Event] = []
    private var lines: LineReader
    var state = FramerState.line
    /// Whether the first line of the session ended in CR and LF, or nil if no line has ended yet.
    private var endsInCRLF: Bool?
    /// The number of bytes that are kept from the end of a refused line. They have room for the longest mark, the
    /// byte before it, and the CR after it.
    private static let keptOfRefused = LiteralMark.longest + 2

    package init(readsTelnet: Bool) {
        lines = LineReader(readsTelnet: readsTelnet)
    }

    /// The request that has announced a literal and is not complete, or nil between requests.
    private var frame: RequestLine? { begun.first }

    /// Whether the next line begins a request.
    private var isBetweenRequests: Bool { if case .line = state { begun.isEmpty && held.isEmpty } else { false } }

    /// Makes the framer read a text next.
    package mutating func expectText() {
        assert(isBetweenRequests, "a text comes behind a whole line")
        state = .text(TextReader(endsInCRLF: endsInCRLF ?? false))
    }

    /// Makes the framer read an answer next.
    package mutating func expectAnswer() {
        assert(isBetweenRequests, "an answer comes behind a whole line")
        state = .answer
    }

    package mutating func takeLiteral() {
        guard case .announced(let mark) = state else { return }
        state = .literal(mark.count)
    }

    /// Leaves the announced literal to the caller, which must take its bytes out of the buffer before the next call.
    /// The frame contains an empty literal in its place.
    package mutating func passLiteral() {
        guard case .announced = state else { return }
        begun[0].tails.append(RequestLine.Tail(literal: ByteBuffer(), text: ByteBuffer()))
        state = .line
    }

    /// Refuses the announced literal and the whole request. If the sender waits for 354, it sends no literal.
    /// Otherwise a literal of at most `discard` bytes is read and discarded. A larger one is a fatal failure, because
    /// its bytes cannot be told from commands.
    ///
    /// - Returns: the failure, or nil if it is reported after the literal was skipped.
    package mutating func refuseLiteral(_ failure: Failure, discard: Int) -> Event? {
        guard case .announced(let mark) = state else { return nil }
        begun = []
        if case .event(let event) = refuse(failure, mark: mark, discard: discard) { return event }
        return nil
    }

    /// Whether the framer is skipping a refused line or literal that has not ended.
    package var isPassingOver: Bool { state.isSkipping }

    /// The number of bytes that the framer holds of the current request or text.
    var heldBytes: Int { state.textSize ?? frame?.size ?? 0 }

    /// Returns the failure to report if the input ends now, or nil if it ends between requests.
    package func cutShort(_ buffer: ByteBuffer) -> Failure? {
        switch state {
        case .line: frame != nil ? .endInLiteral : lines.pending(buffer) > 0 ? .endInLine : nil
        case .announced, .literal, .skippingLiteral: .endInLiteral
        case .skippingLine: .endInLine
        case .text: .endInText
        case .answer: .endInAnswer
        case .dead: nil
        }
    }

    /// Returns the next line if it begins a request, has arrived completely, and contains only a verb.
    func peekVerb(_ buffer: ByteBuffer) -> LineReader.VerbLine? {
        buffer.readableBytes > 0 && isBetweenRequests ? lines.peekVerb(buffer) : nil
    }

    mutating func takeVerb(_ buffer: inout ByteBuffer, _ line: LineReader.VerbLine) {
        lines.takeVerb(&buffer, line)
        if endsInCRLF == nil { endsInCRLF = line.endsInCRLF }
    }

    package mutating func next(_ buffer: inout ByteBuffer, limits: Limits) -> Event? {
        while true {
            if !held.isEmpty { return held.removeLast() }
            let step = step(&buffer, limits)
            // A telnet client hides output before the answer to its command. The answer is therefore sent first.
            if let replies = lines.takeTelnetReplies() {
                if case .event(let event) = step { held.append(event) }
                return .telnet(replies)
            }
            switch step {
            case .event(let event): return event
            case .again: continue
            case .wait: return nil
            }
        }
    }

    private mutating func step(_ buffer: inout ByteBuffer, _ limits: Limits) -> Step {
        switch state {
        case .line: return readLine(&buffer, limits)
        case .announced, .dead: return .wait
        case .literal(let count): return readLiteral(&buffer, count)
        case .skippingLiteral(let count, let failure):
            let skipped = min(count, buffer.readableBytes)
            buffer.moveReaderIndex(forwardBy: skipped)
            state =
                skipped == count
                ? .skippingLine(failure, mayAnnounce: true) : .skippingLiteral(count - skipped, failure)
            return skipped == count ? .again : .wait
        case .skippingLine(let failure, let mayAnnounce):
            return skipLine(&buffer, failure, mayAnnounce, limits)
        case .text(let reader): return readText(&buffer, reader, limits)
        case .answer: return readAnswer(&buffer, limits)
        }
    }

    private mutating func readText(_ buffer: inout ByteBuffer, _ reader: TextReader, _ limits: Limits) -> Step {
        var reader = reader
        state = .dead  // so that the reader's text has one owner and is not copied
        guard let event = reader.next(&buffer, &lines, limit: limits.text) else {
            state = .text(reader)
            return .wait
        }
        if case .failed(_, isFatal: true) = event { state = .dead } else { state = .line }
        return .event(event)
    }

    private mutating func readLine(_ buffer: inout ByteBuffer, _ limits: Limits) -> Step {
        let used = begun.first?.lineSize ?? 0
        guard let line = lines.next(&buffer) else {
            guard used + lines.unfinished > limits.line + 2 else { return .wait }
            state = .skippingLine(.lineTooLong, mayAnnounce: true)
            return .again
        }
        if endsInCRLF == nil { endsInCRLF = line.endsInCRLF }
        let mark = line.mark
        let failure = used + line.bytes.readableBytes > limits.line ? .lineTooLong : line.failure
        if let failure {
            begun = []
            return refuse(failure, mark: mark, discard: limits.discard)
        }
        return add(line.bytes, mark)
    }

    private mutating func add(_ bytes: ByteBuffer, _ mark: LiteralMark?) -> Step {
        if mark == nil, begun.isEmpty { return .event(.line(RequestLine(head: bytes))) }
        var text = bytes
        text.moveWriterIndex(to: text.writerIndex - (mark?.length ?? 0))
        if begun.isEmpty {
            begun = [RequestLine(head: text)]
        } else {
            begun[0].tails[begun[0].tails.count - 1].text = text
        }
        if let mark {
            state = .announced(mark)
            return .event(.announced(begun[0], mark))
        }
        defer { begun = [] }
        return .event(.line(begun[0]))
    }

    private mutating func readLiteral(_ buffer: inout ByteBuffer, _ count: Int) -> Step {
        assert(begun.count == 1, "a literal belongs to the line that announced it")
        guard let literal = buffer.readSlice(length: count) else {
            buffer.makeRoom(for: count)
            return .wait
        }
        begun[0].tails.append(RequestLine.Tail(literal: literal, text: ByteBuffer()))
        state = .line
        return .again
    }

    private mutating func skipLine(
        _ buffer: inout ByteBuffer, _ failure: Failure, _ mayAnnounce: Bool, _ limits: Limits
    ) -> Step {
        guard let line = lines.next(&buffer) else {
            lines.discard(&buffer, keeping: Self.keptOfRefused)
            return .wait
        }
        begun = []
        if endsInCRLF == nil { endsInCRLF = line.endsInCRLF }
        let mark = mayAnnounce ? line.mark : nil
        return refuse(failure, mark: mark, discard: limits.discard)
    }

    private mutating func refuse(_ failure: Failure, mark: LiteralMark?, discard: Int) -> Step {
        guard let mark, !mark.waits else {
            state = .line
            return .event(.failed(failure, isFatal: false))
        }
        guard mark.count <= discard else {
            state = .dead
            return .event(.failed(failure, isFatal: true))
        }
        state = .skippingLiteral(mark.count, failure)
        return .again
    }

    private mutating func readAnswer(_ buffer: inout ByteBuffer, _ limits: Limits) -> Step {
        guard let line = lines.next(&buffer) else {
            guard lines.unfinished > limits.line + 2 else { return .wait }
            state = .skippingLine(.lineTooLong, mayAnnounce: false)
            return .again
        }
        state = .line
        let failure = line.bytes.readableBytes > limits.line ? .lineTooLong : line.failure
        return .event(failure.map { .failed($0, isFatal: false) } ?? .answer(line.bytes))
    }
}
