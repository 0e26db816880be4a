import NIOCore

/// Cuts what arrives into request lines with their literals, dot-stuffed texts and answers to prompts.
///
/// A value without I/O: octets in, one event out, nil when more octets are needed. A line and its literals end where
/// their octets say, whatever the command means and however an earlier one ended; only the session, when it asks for a
/// text or an answer, says that one comes next.
package struct Framer {
    package enum Event: Equatable {
        case frame(Frame)
        /// A line announces a literal: `takeLiteral` or `refuseLiteral` must be called before `next`.
        case announced(Frame, LiteralMark)
        /// A text, unstuffed, its lines joined by LF, without a last line end.
        case text(ByteBuffer)
        /// The line that answers a prompt, without its line end.
        case answer(ByteBuffer)
        /// Octets that telnet is owed.
        case telnet(ByteBuffer)
        /// A request, text or answer that cannot be taken; after a fatal one nothing that follows can be trusted.
        case failed(Failure, isFatal: Bool)
    }

    /// What one step came to.
    private enum Step {
        case event(Event)
        case again
        case wait
    }

    /// What is large and rare stands elsewhere: most sessions are idle, and each has room for a state.
    enum State {
        case line
        case announced(LiteralMark)
        case literal(Int)
        indirect case skippingLiteral(Int, Failure)
        /// `mayAnnounce`: the line's end may announce a literal, which belongs to what is refused.
        indirect case skippingLine(Failure, mayAnnounce: Bool)
        indirect case text(TextReader)
        case answer
        case dead
    }

    /// The request that has announced a literal. It is an array for the same reason, with one frame or none.
    private var begun: [Frame] = []
    /// An event whose turn comes after telnet's, if there is one; it stands elsewhere for the same reason.
    private var held: [Event] = []
    private(set) var lines: LineReader
    var state = State.line
    /// What the session's first line ended with.
    private var endsInCRLF: Bool?
    /// Octets that are kept of the end of a refused line, for the mark that may stand there, with the octet before it and
    /// the CR behind it.
    private static let keptOfRefused = LiteralMark.longest + 2

    package init(readsTelnet: Bool) {
        lines = LineReader(readsTelnet: readsTelnet)
    }

    /// The request that has announced a literal and is not complete; nil between requests.
    var frame: Frame? { begun.first }

    /// Whether the next line begins a request.
    private var isBetweenRequests: Bool { if case .line = state { begun.isEmpty && held.isEmpty } else { false } }

    /// The next thing read is a text.
    package mutating func expectText() {
        assert(isBetweenRequests, "a text comes behind a whole line")
        state = .text(TextReader(endsInCRLF: endsInCRLF ?? false))
    }

    /// The next thing read is an answer.
    package mutating func expectAnswer() {
        assert(isBetweenRequests, "an answer comes behind a whole line")
        state = .answer
    }

    package mutating func takeLiteral() {
        guard case .announced(let mark) = state else { return }
        state = .literal(mark.count)
    }

    /// Leaves the announced literal to the caller, who takes its octets out of the buffer before the next call; the
    /// frame has an empty one in its place.
    package mutating func passLiteral() {
        guard case .announced = state else { return }
        begun[0].tails.append(Frame.Tail(literal: ByteBuffer(), text: ByteBuffer()))
        state = .line
    }

    /// Refuses the announced literal and the request with it: a small one is read and thrown away, a large one that
    /// comes unasked cannot be told from commands any more.
    package mutating func refuseLiteral(_ failure: Failure, discard: Int) -> Event? {
        guard case .announced(let mark) = state else { return nil }
        begun = []
        if case .event(let event) = refuse(failure, mark: mark, discard: discard) { return event }
        return nil
    }

    /// Whether it passes over something that was refused, whose end has not come.
    package var isPassingOver: Bool {
        switch state {
        case .skippingLine, .skippingLiteral: true
        case .line, .announced, .literal, .text, .answer, .dead: false
        }
    }

    /// The next line, if it begins a request, is all there, and is a verb and nothing else.
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
            // Telnet hides what comes before its answer: the answer goes first.
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
        let failure = used + line.octets.readableBytes > limits.line ? .lineTooLong : line.failure
        if let failure {
            begun = []
            return refuse(failure, mark: mark, discard: limits.discard)
        }
        return add(line.octets, mark)
    }

    private mutating func add(_ octets: ByteBuffer, _ mark: LiteralMark?) -> Step {
        if mark == nil, begun.isEmpty { return .event(.frame(Frame(head: octets))) }
        var text = octets
        text.moveWriterIndex(to: text.writerIndex - (mark?.length ?? 0))
        if begun.isEmpty {
            begun = [Frame(head: text)]
        } else {
            begun[0].tails[begun[0].tails.count - 1].text = text
        }
        if let mark {
            state = .announced(mark)
            return .event(.announced(begun[0], mark))
        }
        defer { begun = [] }
        return .event(.frame(begun[0]))
    }

    private mutating func readLiteral(_ buffer: inout ByteBuffer, _ count: Int) -> Step {
        assert(begun.count == 1, "a literal belongs to the line that announced it")
        guard let literal = buffer.readSlice(length: count) else {
            buffer.makeRoom(for: count)
            return .wait
        }
        begun[0].tails.append(Frame.Tail(literal: literal, text: ByteBuffer()))
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
        let failure = line.octets.readableBytes > limits.line ? .lineTooLong : line.failure
        return .event(failure.map { .failed($0, isFatal: false) } ?? .answer(line.octets))
    }
}
