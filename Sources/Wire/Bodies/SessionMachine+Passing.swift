import NIOCore

/// Passes requests to a responder before their messages have arrived.
extension SessionMachine {
    /// Returns the request that `frame` and its announced literal make. It is nil if the literal is not long, or if
    /// the request cannot be passed before the literal has arrived.
    func passed(_ frame: Frame, _ mark: LiteralMark, _ entry: Manifest.Entry) -> Request? {
        guard entry.passesBodies, mark.count > LaneSender.share else { return nil }
        let request = try? Request(frame.withEmptyLiteral, for: entry, words: limits.words)
        return request?.passing(BodyStream(count: mark.count), as: .literal)
    }

    /// Passes the request to its responder. From now on the bytes of its literal are passed on as they arrive.
    mutating func pass(_ request: Request, _ mark: LiteralMark) {
        guard let stream = request.rest else { return }
        framer.passLiteral()
        if mark.waits { pipeline.append(Answer(Reply(354, nil, "Send the \(mark.count) bytes"))) }
        passing = PassingBody(pipeline.nextTicket, request.entry, stream, left: mark.count)
        pipeline.append(request)
    }

    /// Passes on the request whose text is being read, if a large part of the text has arrived and the request can be
    /// passed before the rest.
    ///
    /// - Returns: Whether the request was passed on.
    mutating func passText() -> Bool {
        guard case .message(var request, let index) = prompt, framer.heldBytes > LaneSender.share else { return false }
        (request.values[index], request.bodyForm) = (.bytes(ByteBuffer()), .text)
        let stream = BodyStream(count: nil)
        guard let request = request.passing(stream, as: .text), hasMemory(for: request.size) else {
            return false
        }
        prompt = nil
        let passing = PassingBody(pipeline.nextTicket, request.entry, stream, left: nil)
        self.passing = passing
        pipeline.append(request)
        goOn(with: passing)
        return true
    }

    /// Passes on the part of the text that has arrived.
    private mutating func goOn(with passing: PassingBody) {
        let (bytes, hasFailed) = framer.takeText()
        passing.append(bytes)
        // The server need not keep the bytes that it has received. The client gets the error when its text ends.
        if hasFailed { passing.stream.end(.failed(.textControl)) }
    }

    /// Passes on the part of the message that has arrived.
    ///
    /// - Returns: Whether this made any progress.
    mutating func goOnPassing(_ passing: PassingBody, _ output: inout Outbox, _ turn: inout TurnBudget) -> Bool {
        if passing.isInLiteral {
            let count = passing.take(&input)
            turn.spend(bytes: count)
            if count > 0 { return true }
            guard inputHasEnded, input.readableBytes == 0 else { return false }
            cut(passing)
            return true
        }
        guard passing.takesMore else { return false }
        if let event = framer.next(&input, limits: limits, &turn, units: TurnBudget.request) {
            end(passing, with: event, &output)
            return true
        }
        if passing.isText {
            goOn(with: passing)
            if framer.isPausedInText {
                turn.spend(TurnBudget.text)
                return true
            }
        }
        guard inputHasEnded else { return false }
        cut(passing)
        return true
    }

    /// Refuses the request and ends the session, because the client will send no more bytes.
    private mutating func cut(_ passing: PassingBody) {
        refuse(passing, framer.cutShort(input) ?? .endInLiteral)
        phase = .ending
    }

    /// Handles what follows the passed bytes: usually the end of the message or the rest of the request's line.
    private mutating func end(_ passing: PassingBody, with event: Framer.Event, _ output: inout Outbox) {
        switch event {
        case .frame(let frame):
            do throws(Failure) {
                _ = try Request(frame, for: passing.entry, words: limits.words)
                complete(passing)
            } catch {
                refuse(passing, error)
            }
        case .announced(let frame, _):
            // A request with a second literal after its message is invalid.
            passing.stream.end(.failed(.mixedMessage))
            var failure = Failure.mixedMessage
            do throws(Failure) {
                _ = try Request(frame.withEmptyLiteral, for: passing.entry, words: limits.words)
            } catch {
                failure = error
            }
            if let event = framer.refuseLiteral(failure, discard: limits.discard) { end(passing, with: event, &output) }
        case .telnet(var bytes): output.bytes.writeBuffer(&bytes)
        case .failed(let failure, let isFatal):
            refuse(passing, failure)
            if isFatal { phase = .ending }
        case .text(let rest):
            passing.append(rest)
            complete(passing)
        case .answer: break
        }
    }

    /// Ends the message after the whole request has arrived.
    private mutating func complete(_ passing: PassingBody) {
        self.passing = nil
        passing.stream.end(.complete)
        if let answer = passing.answer { answered(passing.ticket, answer) }
    }

    /// Takes the request back because its message will never be complete.
    mutating func refuse(_ passing: PassingBody, _ failure: Failure) {
        self.passing = nil
        passing.stream.end(.failed(failure))
        pipeline.refuse(passing.ticket, Answer(failure))
    }

    /// Releases everything that was received from the client or waits for it, after the connection to the client was
    /// lost. This also releases the memory that was counted for it.
    package mutating func clientLost() {
        abandon()
        (replying, bodies) = (nil, nil)
        pipeline.removeAll()
    }

    /// Ends the passing message as incomplete. The session no longer waits for its answer.
    package mutating func abandon() {
        passing?.stream.end(.failed(.endInLiteral))
        passing = nil
    }
}

extension Frame {
    /// The frame with an empty literal after it.
    fileprivate var withEmptyLiteral: Frame {
        var frame = self
        frame.tails.append(Tail(literal: ByteBuffer(), text: ByteBuffer()))
        return frame
    }
}
