import NIOCore

/// Reads the requests of a session from its input, and adds them and their refusals to the session's pipeline.
///
/// It keeps an incomplete request: one whose argument is asked for, or whose message passes to a server as it arrives.
struct RequestReader: ~Copyable {
    /// The result of one step.
    enum Step {
        /// The step made progress, and another one may follow.
        case goesOn
        /// Nothing can be done until more input arrives, or until the server takes bytes of the passing message.
        case waits
        /// The request of this passing message has arrived completely.
        case completed(PassingBody)
        /// The first line has opened a link. The bytes are the input after that line.
        case becomesLink(ByteBuffer, id: UInt32?)
        /// No more requests can be read. The session must end after the replies in the pipeline.
        case ends
    }

    var input: SessionInput
    /// Whether the next line may open a link.
    var mayOpenLink: Bool
    private var prompt: Prompt?
    /// The message that is passed to a server while it arrives from the client.
    private(set) var passing: PassingBody?

    init(readsTelnet: Bool, mayOpenLink: Bool) {
        input = SessionInput(readsTelnet: readsTelnet)
        self.mayOpenLink = mayOpenLink
    }

    /// Whether a request has begun and has not arrived completely. A passing message does not count.
    var isInRequest: Bool { prompt != nil || input.failureIfEnded != nil }

    /// The number of bytes that have arrived of the request that is being read.
    var arrived: Int { input.arrived + (prompt?.size ?? 0) + (passing?.arrived ?? 0) }

    /// The known size in bytes of the request that is being read. The first line of its frame does not count.
    var arriving: Int { input.arriving + (prompt?.size ?? 0) }

    /// Returns the limits of the request that is being read.
    private func limits(of client: borrowing SessionClient) -> Limits {
        var limits = client.limits
        if let passing, passing.isText, passing.entry.spec.takesSealed {
            limits.text = Limits.roomForSealed(limits.text)
        }
        prompt?.raise(&limits)
        return limits
    }

    /// Reads a part of the input, at most up to the end of a request.
    mutating func next(
        _ manifest: Manifest, of client: inout SessionClient, into pipeline: inout Pipeline, _ output: inout Outbox,
        _ budget: inout TurnBudget
    ) -> Step {
        let limits = limits(of: client)
        if let passing {
            switch passing.step(&input, limits, &output, &budget) {
            case .goesOn: return .goesOn
            case .waits: return .waits
            case .completed:
                self.passing = nil
                passing.stream.end(.complete)
                return .completed(passing)
            case .refused(let failure, let endsSession):
                refuse(passing, failure, in: &pipeline)
                return endsSession ? .ends : .goesOn
            }
        }
        guard let event = input.next(limits, &budget) else { return pause(&client, &pipeline, &budget) }
        return take(event, manifest, limits, &client, &pipeline, &output)
    }

    /// Handles the moment when the framer has no event: all bytes are read, or a text pauses.
    private mutating func pause(
        _ client: inout SessionClient, _ pipeline: inout Pipeline, _ budget: inout TurnBudget
    ) -> Step {
        if input.framer.state.isText {
            if passText(&client, &pipeline) { return .goesOn }
            if !hasMemory(for: arriving, &client, pipeline) { input.framer.state.refuseText(.memoryFull) }
            if input.framer.state.isPausedInText {
                budget.spend(TurnBudget.text)
                return .goesOn
            }
        }
        input.releaseIfEmpty()
        guard input.hasEnded else { return .waits }
        if let failure = input.failureIfEnded { pipeline.append(Answer(failure)) }
        return .ends
    }

    private mutating func take(
        _ event: Framer.Event, _ manifest: Manifest, _ limits: Limits, _ client: inout SessionClient,
        _ pipeline: inout Pipeline, _ output: inout Outbox
    ) -> Step {
        switch event {
        case .line(let frame):
            if mayOpenLink, let (isOfThisVersion, id) = LinkOpening.read(frame) {
                guard isOfThisVersion else { return end(with: .otherLinkVersion, in: &pipeline) }
                return .becomesLink(input.buffer, id: id)
            }
            return takeLine(frame, manifest, limits, client.privacy, &pipeline)
        case .announced(let frame, let mark):
            return takeAnnouncement(frame, mark, manifest, limits, &client, &pipeline)
        case .text(let answer), .answer(let answer): takeAnswer(answer, manifest, &pipeline)
        case .telnet(var bytes): output.bytes.writeBuffer(&bytes)
        case .failed(let failure, let isFatal):
            prompt = nil
            if isFatal { return end(with: failure, in: &pipeline) }
            pipeline.append(Answer(failure))
        }
        return .goesOn
    }

    // MARK: - Lines and literals

    private mutating func takeLine(
        _ frame: RequestLine, _ manifest: Manifest, _ limits: Limits, _ privacy: Privacy, _ pipeline: inout Pipeline
    ) -> Step {
        do throws(Failure) {
            let entry = try SessionCommands.entry(for: frame, manifest)
            let request = try Request(frame, for: entry, words: limits.words)
            guard privacy != .clear || !request.isConfidential else { throw .encryptionRequired }
            if let exchange = try SessionCommands.exchange(request) {
                guard privacy != .clear else { throw .encryptionRequired }
                take(try Prompt.begin(exchange, manifest), &pipeline)
            } else if request.missing == nil {
                pipeline.append(request)
            } else {
                take(Prompt.next(request), &pipeline)
            }
        } catch {
            if error == .httpSpoken { return end(with: error, in: &pipeline) }
            pipeline.append(Answer(error))
        }
        return .goesOn
    }

    private mutating func takeAnnouncement(
        _ frame: RequestLine, _ mark: LiteralMark, _ manifest: Manifest, _ limits: Limits,
        _ client: inout SessionClient,
        _ pipeline: inout Pipeline
    ) -> Step {
        do throws(Failure) {
            let entry = try SessionCommands.entry(for: frame, manifest)
            let limit = entry.spec.takesSealed ? Limits.roomForSealed(limits.literal) : limits.literal
            guard frame.tails.count < limits.words else { throw .tooManyWords }
            guard mark.count <= limit - frame.literalSize else { throw .literalTooLarge(limit) }
            let passed = Request(passing: frame, mark, entry, words: limits.words)
            guard hasMemory(for: passed?.size ?? frame.size + mark.count, &client, pipeline) else { throw .memoryFull }
            guard client.privacy != .clear || !entry.spec.isConfidential && passed?.isConfidential != true else {
                throw .encryptionRequired
            }
            if mark.waits { pipeline.append(Answer(Reply(354, nil, "Send the \(mark.count) bytes"))) }
            if let passed, let stream = passed.rest {
                input.framer.passLiteral()
                pass(passed, stream, left: mark.count, &pipeline)
            } else {
                input.framer.takeLiteral()
            }
        } catch {
            if error == .httpSpoken { return end(with: error, in: &pipeline) }
            // Without memory, a literal of any length is discarded, because the client may try again. The refusal is
            // added here only if it is complete now. Otherwise the framer reports it later.
            let discard = error == .memoryFull ? mark.count : limits.discard
            if let event = input.framer.refuseLiteral(error, discard: discard), case .failed(_, let isFatal) = event {
                if isFatal { return end(with: error, in: &pipeline) }
                pipeline.append(Answer(error))
            }
        }
        return .goesOn
    }

    /// Returns whether memory is available for a request of `bytes` bytes.
    private func hasMemory(for bytes: Int, _ client: inout SessionClient, _ pipeline: borrowing Pipeline) -> Bool {
        bytes < BodyMemory.smallest || client.takeMemory(upTo: pipeline.held + bytes)
    }

    // MARK: - Prompts

    /// Takes what the client has sent in answer to a prompt.
    private mutating func takeAnswer(_ answer: ByteBuffer, _ manifest: Manifest, _ pipeline: inout Pipeline) {
        guard let prompt = prompt.take() else { return }
        do throws(Failure) {
            take(try prompt.next(answer, manifest), &pipeline)
        } catch {
            pipeline.append(Answer(error))
        }
    }

    private mutating func take(_ next: Prompt.Next, _ pipeline: inout Pipeline) {
        switch next {
        case .request(let request): pipeline.append(request)
        case .ask(let prompt, let reply):
            self.prompt = prompt
            if case .message = prompt { input.framer.expectText() } else { input.framer.expectAnswer() }
            pipeline.append(Answer(reply))
        }
    }

    // MARK: - Passing messages

    /// Passes the request to its responder. From now on the bytes of its message are passed on as they arrive.
    private mutating func pass(_ request: Request, _ stream: BodyStream, left: Int?, _ pipeline: inout Pipeline) {
        passing = PassingBody(pipeline.nextTicket, request.entry, stream, left: left)
        pipeline.append(request)
    }

    /// Passes on the request whose text is being read, if a large part of the text has arrived and the request can be
    /// passed before the rest.
    ///
    /// - Returns: Whether the request was passed on.
    private mutating func passText(_ client: inout SessionClient, _ pipeline: inout Pipeline) -> Bool {
        guard case .message(let request, let index) = prompt, input.framer.heldBytes > LaneSender.share else {
            return false
        }
        let stream = BodyStream(count: nil)
        guard let request = request.passing(text: stream, at: index), hasMemory(for: request.size, &client, pipeline)
        else { return false }
        prompt = nil
        pass(request, stream, left: nil, &pipeline)
        passing?.takeText(of: &input.framer)
        return true
    }

    /// Takes the request back because its message will never be complete.
    private mutating func refuse(_ body: PassingBody, _ failure: Failure, in pipeline: inout Pipeline) {
        passing = nil
        body.stream.end(.failed(failure))
        pipeline.refuse(body.ticket, Answer(failure))
    }

    // MARK: - Endings

    /// Reads no more requests. The failure is the last reply, or the reply to the request whose message is passing.
    @discardableResult
    mutating func end(with failure: Failure, in pipeline: inout Pipeline) -> Step {
        if let passing { refuse(passing, failure, in: &pipeline) } else { pipeline.append(Answer(failure)) }
        prompt = nil
        return .ends
    }

    /// Ends the passing message as incomplete. The session no longer waits for its answer.
    mutating func abandon() {
        passing?.stream.end(.failed(.endInLiteral))
        passing = nil
    }
}
