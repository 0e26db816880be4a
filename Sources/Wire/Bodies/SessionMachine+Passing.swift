import NIOCore

/// A request that the session gives on before its message has come.
extension SessionMachine {
    /// The request that the frame is with a literal after it, if that is long and the request can be given at once.
    func passed(_ frame: Frame, _ mark: LiteralMark, _ entry: Manifest.Entry) -> Request? {
        guard entry.passesBodies, mark.count > LaneSender.share else { return nil }
        let request = try? Request(frame.withEmptyLiteral, for: entry, words: limits.words)
        return request?.passing(BodyStream(count: mark.count), as: .literal)
    }

    /// Gives the request, and passes on the octets of its literal from now on.
    mutating func pass(_ request: Request, _ mark: LiteralMark) {
        guard let stream = request.rest else { return }
        framer.passLiteral()
        if mark.waits { pipeline.append(Answer(Reply(354, nil, "Send the \(mark.count) octets"))) }
        passing = PassingBody(pipeline.nextTicket, request.entry, stream, left: mark.count)
        pipeline.append(request)
    }

    /// Gives the request whose text is being read, if much of that has come and the request can be given at once.
    ///
    /// - Returns: whether it was given.
    mutating func passText() -> Bool {
        guard case .message(var request, let index) = prompt, framer.heldOctets > LaneSender.share else { return false }
        (request.values[index], request.bodyForm) = (.octets(ByteBuffer()), .text)
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

    /// Passes on what has come of the text.
    private mutating func goOn(with passing: PassingBody) {
        let (octets, hasFailed) = framer.takeText()
        passing.append(octets)
        // Its server need not keep what has come. The client is told at the end.
        if hasFailed { passing.stream.end(.failed(.textControl)) }
    }

    /// Passes on what has come of the message.
    ///
    /// - Returns: whether something was done.
    mutating func goOnPassing(_ passing: PassingBody, _ output: inout Outbox, _ turn: inout TurnBudget) -> Bool {
        if passing.isInLiteral {
            let count = passing.take(&input)
            turn.spend(octets: count)
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

    /// The client will send no more of it.
    private mutating func cut(_ passing: PassingBody) {
        refuse(passing, framer.cutShort(input) ?? .endInLiteral)
        phase = .ending
    }

    /// The rest of the request's line has come, after the literal, or something else that belongs to the request.
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
            // With another literal after its message, the request is none.
            passing.stream.end(.failed(.mixedMessage))
            var failure = Failure.mixedMessage
            do throws(Failure) {
                _ = try Request(frame.withEmptyLiteral, for: passing.entry, words: limits.words)
            } catch {
                failure = error
            }
            if let event = framer.refuseLiteral(failure, discard: limits.discard) { end(passing, with: event, &output) }
        case .telnet(var octets): output.octets.writeBuffer(&octets)
        case .failed(let failure, let isFatal):
            refuse(passing, failure)
            if isFatal { phase = .ending }
        case .text(let rest):
            passing.append(rest)
            complete(passing)
        case .answer: break
        }
    }

    /// All of the request has come.
    private mutating func complete(_ passing: PassingBody) {
        self.passing = nil
        passing.stream.end(.complete)
        if let answer = passing.answer { answered(passing.ticket, answer) }
    }

    /// Takes the request back: its message will not be complete.
    mutating func refuse(_ passing: PassingBody, _ failure: Failure) {
        self.passing = nil
        passing.stream.end(.failed(failure))
        pipeline.refuse(passing.ticket, Answer(failure))
    }

    /// The client is gone. What it was sent or had sent is let go of, and the memory for that.
    package mutating func clientLost() {
        abandon()
        (replying, bodies) = (nil, nil)
        pipeline.removeAll()
    }

    /// The message that is passing will not be complete, and nobody waits for its answer.
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
