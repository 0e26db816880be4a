import NIOCore

/// The message of a request that a session passes on while the client is still sending it. Most sessions never have
/// one.
final class PassingBody {
    /// The result of one step.
    enum Step {
        /// The step made progress, and another one may follow.
        case goesOn
        case waits
        /// The message and the rest of its request have arrived.
        case completed
        /// The request must be taken back. `endsSession` tells whether no later input can be read.
        case refused(Failure, endsSession: Bool)
    }

    let ticket: Ticket
    let entry: Manifest.Entry
    let stream: BodyStream
    /// The number of bytes of the literal that have not arrived; nil for a text.
    private var left: Int?
    /// The number of bytes that have arrived.
    private(set) var arrived = 0
    /// The answer, if it came before the whole message arrived. This happens if the request was refused or its server
    /// was lost.
    private(set) var answer: Answer?

    init(_ ticket: Ticket, _ entry: Manifest.Entry, _ stream: BodyStream, left: Int?) {
        (self.ticket, self.entry, self.stream, self.left) = (ticket, entry, stream, left)
    }

    /// Whether the session should read more from the client. It is false while the server does not take the bytes
    /// that have already arrived.
    var takesMore: Bool { left == 0 || stream.hasRoom }

    var isText: Bool { left == nil }

    /// Whether bytes of a literal have not arrived yet.
    private var isInLiteral: Bool { left.map { $0 > 0 } ?? false }

    /// Passes on the part of the message that has arrived.
    func step(
        _ input: inout SessionInput, _ limits: Limits, _ output: inout Outbox, _ budget: inout TurnBudget
    ) -> Step {
        if isInLiteral {
            let count = take(&input.buffer)
            budget.spend(bytes: count)
            if count > 0 { return .goesOn }
            guard input.hasEnded, input.buffer.readableBytes == 0 else { return .waits }
            return .refused(input.failureIfEnded ?? .endInLiteral, endsSession: true)
        }
        guard takesMore else { return .waits }
        if let event = input.next(limits, &budget) { return take(event, &input.framer, limits, &output) }
        if isText {
            takeText(of: &input.framer)
            if input.framer.state.isPausedInText {
                budget.spend(TurnBudget.text)
                return .goesOn
            }
        }
        guard input.hasEnded else { return .waits }
        return .refused(input.failureIfEnded ?? .endInLiteral, endsSession: true)
    }

    /// Handles what follows the passed bytes: usually the end of the message or the rest of the request's line.
    private func take(
        _ event: Framer.Event, _ framer: inout Framer, _ limits: Limits, _ output: inout Outbox
    ) -> Step {
        switch event {
        case .line(let frame):
            do throws(Failure) {
                _ = try Request(frame, for: entry, words: limits.words)
                return .completed
            } catch {
                return .refused(error, endsSession: false)
            }
        case .announced(let frame, _):
            // A request with a second literal after its message is invalid.
            stream.end(.failed(.mixedMessage))
            var failure = Failure.mixedMessage
            do throws(Failure) {
                _ = try Request(frame.withEmptyLiteral, for: entry, words: limits.words)
            } catch {
                failure = error
            }
            guard let event = framer.refuseLiteral(failure, discard: limits.discard) else { return .goesOn }
            return take(event, &framer, limits, &output)
        case .telnet(var bytes): output.bytes.writeBuffer(&bytes)
        case .failed(let failure, let isFatal): return .refused(failure, endsSession: isFatal)
        case .text(let rest):
            append(rest)
            return .completed
        case .answer: break
        }
        return .goesOn
    }

    /// Passes on the part of the text that has arrived.
    func takeText(of framer: inout Framer) {
        let (bytes, hasFailed) = framer.state.takeText()
        append(bytes)
        // The server need not keep the bytes that it has received. The client gets the error when its text ends.
        if hasFailed { stream.end(.failed(.textControl)) }
    }

    /// Passes on the literal's bytes in `input`, if the stream has room for them.
    ///
    /// - Returns: The number of bytes that were passed on.
    private func take(_ input: inout ByteBuffer) -> Int {
        guard let left, left > 0, stream.hasRoom,
            let part = input.readSlice(length: min(left, input.readableBytes))
        else { return 0 }
        self.left = left - part.readableBytes
        append(part)
        return part.readableBytes
    }

    private func append(_ bytes: ByteBuffer) {
        arrived += bytes.readableBytes
        if bytes.readableBytes > 0 { stream.append(bytes) }
    }

    /// Keeps an answer that came before the whole message arrived. The rest of the message is discarded, and the
    /// session gives the answer after that.
    func answered(_ answer: Answer) {
        self.answer = answer
        stream.cancel()
    }
}

extension RequestLine {
    /// The frame with an empty literal after it.
    var withEmptyLiteral: RequestLine {
        var frame = self
        frame.tails.append(Tail(literal: ByteBuffer(), text: ByteBuffer()))
        return frame
    }
}
