import NIOCore

/// One client's session as a value: octets and answers in, octets and actions out, no I/O and no clock.
///
/// Feed it (`received`, `inputEnded`, `answered`, …), then take actions with `next` until there is none.
package struct SessionMachine {
    package enum Action: Equatable {
        /// Give the request to a responder, and its answer to `answered`.
        case respond(Pipeline.Ticket, Request)
        /// The first line said that this is a link: what has arrived behind it is for the link's machine.
        case becomeLink(ByteBuffer)
        /// Write what is left to write, then close.
        case close
    }

    /// What the session waits for, which decides how long it may.
    package enum Wait: Equatable {
        /// The client's next request, or its answer to a prompt, or its text.
        case request
        /// The rest of a request.
        case rest
        /// An answer from behind.
        case reply
        case nothing
    }

    private enum Phase {
        case open
        case ending
        case closed
    }

    private enum Prompt {
        case secret(Request, index: Int, Manifest.Entry)
        case message(Request, index: Int, Manifest.Entry)
    }

    private let full: Limits
    private let stranger: Limits
    private let takesLinks: Bool
    private var phase = Phase.open
    private var framer = Framer(readsTelnet: true)
    private var input = ByteBuffer()
    private var inputHasEnded = false
    private var prompt: Prompt?
    private var pipeline = Pipeline()
    /// Who the session acts for; the servers verify it.
    package private(set) var token: String?
    /// Counts requests and prompts, so that a clock can tell one wait from the next.
    package private(set) var turn: UInt64 = 0

    /// `takesLinks`: a first line `* LINK 1` turns the connection into a link.
    package init(full: Limits = .session, stranger: Limits = .stranger, takesLinks: Bool = false) {
        self.full = full
        self.stranger = stranger
        self.takesLinks = takesLinks
    }

    package mutating func received(_ octets: inout ByteBuffer) {
        guard phase == .open else { return }
        input.writeOrTake(&octets)
    }

    /// The client will send no more; what it sent is still answered.
    package mutating func inputEnded() {
        inputHasEnded = true
    }

    package mutating func answered(_ ticket: Pipeline.Ticket, _ answer: Answer) {
        guard pipeline.answered(ticket, answer) else { return }
        switch answer.effect {
        case .token(let token): self.token = token
        case .loggedOut: token = nil
        case .close, nil: break
        }
    }

    /// Finishes what is under way, says why, and ends.
    package mutating func drain() {
        guard phase == .open else { return }
        end(with: .stopping)
    }

    /// Whether more input could be taken: if not, it is left where it is, so that the client has to wait.
    package var wantsInput: Bool {
        phase == .open && !inputHasEnded && hasRoom
    }

    package var wait: Wait {
        if phase == .closed { return .nothing }
        if !pipeline.isEmpty { return .reply }
        return prompt == nil && framer.cutShort(input) != nil ? .rest : .request
    }

    /// What was waited for did not come in time.
    package mutating func timedOut() {
        switch wait {
        case .reply:
            // What became of the request is not known, and so neither is who the session acts for behind it.
            pipeline.removeAll()
            end(with: .noAnswer)
        case .rest: end(with: .tooSlow)
        case .request: end(with: .idle)
        case .nothing: break
        }
    }

    /// The next thing to do, after what is ready was written to `output`; nil when there is nothing to do for now.
    package mutating func next(_ manifest: Manifest, into output: inout ByteBuffer) -> Action? {
        while phase != .closed {
            if let finish = pipeline.finish() {
                turn &+= 1
                finish.answer.reply.write(form: finish.form, result: finish.result, into: &output)
                if finish.answer.effect == .close { endNow() }
            } else if let start = pipeline.start() {
                return .respond(start.ticket, start.request)
            } else if phase == .ending {
                guard pipeline.isEmpty else { return nil }
                phase = .closed
                return .close
            } else if hasRoom {
                guard let event = framer.next(&input, limits: limits) else {
                    guard inputHasEnded else { return nil }
                    if let failure = framer.cutShort(input) { pipeline.append(Answer(failure)) }
                    phase = .ending
                    continue
                }
                if let action = take(event, manifest, &output) { return action }
            } else {
                return nil
            }
        }
        return nil
    }

    // MARK: - What the client sent

    private var limits: Limits {
        var limits = token == nil ? stranger : full
        if case .message(_, _, let entry) = prompt, entry.spec.takesSealed {
            limits.text = Limits.roomForSealed(limits.text)
        }
        return limits
    }

    /// A stranger's requests are read one at a time, so that the one behind a log-in has the limits that it brings.
    private var hasRoom: Bool {
        token == nil
            ? pipeline.isEmpty
            : pipeline.count < full.pipeline && (pipeline.isEmpty || pipeline.size < full.waiting)
    }

    private mutating func take(_ event: Framer.Event, _ manifest: Manifest, _ output: inout ByteBuffer) -> Action? {
        switch event {
        case .frame(let frame):
            if takesLinks, turn == 0, frame.isLinkGreeting {
                phase = .closed
                return .becomeLink(input)
            }
            takeFrame(frame, manifest)
        case .announced(let frame, let mark): takeAnnouncement(frame, mark, manifest)
        case .text(let text): takeText(text)
        case .answer(let answer): takeAnswer(answer)
        case .telnet(var octets): output.writeBuffer(&octets)
        case .failed(let failure, let isFatal):
            prompt = nil
            if isFatal { end(with: failure) } else { pipeline.append(Answer(failure)) }
        }
        return nil
    }

    private mutating func takeFrame(_ frame: Frame, _ manifest: Manifest) {
        do throws(Failure) {
            let entry = try entry(for: frame, manifest)
            ask(try Request(frame, for: entry.spec, words: limits.words), entry)
        } catch {
            if error == .httpSpoken { end(with: error) } else { pipeline.append(Answer(error)) }
        }
    }

    private mutating func takeAnnouncement(_ frame: Frame, _ mark: LiteralMark, _ manifest: Manifest) {
        do throws(Failure) {
            let entry = try entry(for: frame, manifest)
            let limit = entry.spec.takesSealed ? Limits.roomForSealed(limits.literal) : limits.literal
            guard frame.tails.count < limits.words else { throw .tooManyWords }
            guard mark.count <= limit - frame.literalSize else { throw .literalTooLarge }
            framer.takeLiteral()
            if mark.waits { pipeline.append(Answer(Reply(354, nil, "Send the \(mark.count) octets"))) }
        } catch {
            if error == .httpSpoken { return end(with: error) }
            // Nothing comes of it unless the refusal is complete at once; otherwise the framer reports it later.
            if let event = framer.refuseLiteral(error, discard: limits.discard), case .failed(_, let isFatal) = event {
                if isFatal { end(with: error) } else { pipeline.append(Answer(error)) }
            }
        }
    }

    private func entry(for frame: Frame, _ manifest: Manifest) throws(Failure) -> Manifest.Entry {
        guard let verb = frame.verb else { throw frame.verbFailure }
        if let entry = manifest[verb] { return entry }
        if frame.looksLikeHTTP { throw .httpSpoken }
        throw manifest.isComplete ? .unknownVerb : .notAnnounced
    }

    /// Asks for what the request lacks; a complete one takes its place in the pipeline.
    private mutating func ask(_ request: Request, _ entry: Manifest.Entry) {
        guard let (index, parameter) = request.missing else { return pipeline.append(request, to: entry) }
        if parameter.type.isMessage {
            prompt = .message(request, index: index, entry)
            framer.expectText()
            pipeline.append(Answer(Reply(354, nil, "Send the \(parameter.name), then a line that is a single dot")))
        } else {
            prompt = .secret(request, index: index, entry)
            framer.expectAnswer()
            pipeline.append(Answer(Reply(334, nil, "Send the \(parameter.name) on a line of its own, or * to cancel")))
        }
    }

    private mutating func takeText(_ text: ByteBuffer) {
        guard case .message(var request, let index, let entry) = prompt else { return }
        prompt = nil
        request.values[index] = text
        request.bodyForm = .text
        ask(request, entry)
    }

    private mutating func takeAnswer(_ answer: ByteBuffer) {
        guard case .secret(var request, let index, let entry) = prompt else { return }
        prompt = nil
        if answer.readableBytesView.elementsEqual(CollectionOfOne(UInt8(ascii: "*"))) {
            return pipeline.append(Answer(.cancelled))
        }
        request.values[index] = answer
        ask(request, entry)
    }

    // MARK: - Endings

    private mutating func end(with failure: Failure) {
        pipeline.append(Answer(failure))
        phase = .ending
        prompt = nil
    }

    private mutating func endNow() {
        pipeline.removeAll()
        phase = .ending
    }
}
