import NIOCore

/// One client's session as a value: octets and answers in, octets and actions out, no I/O and no clock.
///
/// Feed it (`received`, `inputEnded`, `answered`, …), then take actions with `next` until there is none.
package struct SessionMachine {
    package enum Action: Equatable {
        /// Give the request to a responder, and its answer to `answered`.
        case respond(Pipeline.Ticket, Request)
        /// The first line said that this is a link, and what its requests are called by: what has arrived behind it is for the
        /// link's machine.
        case becomeLink(ByteBuffer, id: UInt32?)
        /// Write what is left to write, put TLS before the session, and call `tlsBegan`.
        case startTLS
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

    enum Phase {
        case open
        /// STARTTLS was answered.
        case upgrading
        case ending
        case closed
    }

    /// Indirect, since it is rare and each session has room for one.
    indirect enum Prompt {
        case secret(Request, index: Int, Manifest.Entry)
        case message(Request, index: Int, Manifest.Entry)
        case exchange(AuthExchange)
    }

    private let bounds: SessionLimits
    var framer: Framer
    // The small ones stand behind one that ends with room for them.
    let takesLinks: Bool
    var phase = Phase.open
    private var inputHasEnded = false
    /// Whether it has been logged in. Its limits stay, so that they do not depend on when a LOGOUT is answered.
    private var hasLoggedIn = false
    package private(set) var privacy: Privacy
    var input = ByteBuffer()
    var prompt: Prompt?
    var pipeline = Pipeline()
    /// Who the session acts for; the servers verify it.
    package private(set) var token: String?
    /// Counts requests and prompts, so that a clock can tell one wait from the next.
    package private(set) var turn: UInt64 = 0

    /// `takesLinks`: a first line `* LINK 1` turns the connection into a link.
    package init(limits: SessionLimits = .standard, privacy: Privacy = .local, takesLinks: Bool = false) {
        bounds = limits
        self.privacy = privacy
        self.takesLinks = takesLinks
        framer = Framer(readsTelnet: privacy != .tls)
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
        case .token(let token): (self.token, hasLoggedIn) = (token, true)
        case .loggedOut: token = nil
        case .close, .startTLS, nil: break
        }
    }

    /// What arrives from now on came through TLS. Of what was said before, nothing counts any more (RFC 3207, 4.2).
    package mutating func tlsBegan() {
        guard phase == .upgrading else { return }
        phase = .open
        privacy = .tls
        framer = Framer(readsTelnet: false)
        (token, hasLoggedIn) = (nil, false)
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

    /// How a machine stands when there is nothing to do for now.
    package struct Standing {
        package let wait: Wait
        package let turn: UInt64
        package let wantsInput: Bool
        package let isStranger: Bool
    }

    /// All of it at once; mutating, so that the machine is not copied to be asked.
    package mutating func standing() -> Standing {
        Standing(wait: wait, turn: turn, wantsInput: wantsInput, isStranger: token == nil)
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

    /// The next thing to do, after what is ready was written to `output`; nil when there is nothing to do for now, or more
    /// to write than goes at once.
    package mutating func next(_ manifest: Manifest, into output: inout Outbox) -> Action? {
        while phase != .closed, phase != .upgrading, output.count <= Outbox.share {
            if let finish = pipeline.finish() {
                if let action = write(finish, &output) { return action }
            } else if let start = pipeline.start() {
                return .respond(start.ticket, start.request)
            } else if phase == .ending {
                guard pipeline.isEmpty else { return nil }
                phase = .closed
                return .close
            } else if hasRoom {
                writeConstants(&output)
                guard let event = framer.next(&input, limits: limits) else {
                    // An idle session keeps no memory for what it has sent.
                    if input.readableBytes == 0 { input = ByteBuffer() }
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

    /// Answers the requests at the front whose answers are always the same. Keeping a connection alive costs nothing.
    private mutating func writeConstants(_ output: inout Outbox) {
        guard pipeline.isEmpty, prompt == nil else { return }
        while let octets = framer.take(&input, verbIn: SessionCommands.constants) {
            turn &+= 1
            output.octets.writeImmutableBuffer(octets)
        }
    }

    var limits: Limits {
        var limits = hasLoggedIn ? bounds.full : bounds.stranger
        switch prompt {
        case .message(_, _, let entry) where entry.spec.takesSealed:
            limits.text = Limits.roomForSealed(limits.text)
        case .exchange: limits.line = max(limits.line, AuthExchange.answerLimit)
        case .message, .secret, nil: break
        }
        return limits
    }

    /// A stranger's requests are read one at a time, so that the one behind a log-in has the limits that it brings.
    private var hasRoom: Bool {
        token == nil
            ? pipeline.isEmpty
            : pipeline.count < bounds.full.pipeline && (pipeline.isEmpty || pipeline.size < bounds.full.waiting)
    }

    private mutating func write(_ finish: Pipeline.Finish, _ output: inout Outbox) -> Action? {
        turn &+= 1
        if finish.answer.effect == .startTLS {
            // Octets that came in clear would be taken for what TLS protects (CVE-2011-0411).
            guard pipeline.isEmpty, framer.cutShort(input) == nil else {
                endNow()
                pipeline.append(Answer(.sentBeforeTLS))
                return nil
            }
            if inputHasEnded { endNow() } else { phase = .upgrading }
        }
        finish.answer.reply.write(form: finish.form, result: finish.result, into: &output)
        if finish.answer.effect == .close { endNow() }
        return phase == .upgrading ? .startTLS : nil
    }

    // MARK: - Endings

    /// Says why, once what is under way is answered, and ends.
    package mutating func end(with failure: Failure) {
        pipeline.append(Answer(failure))
        phase = .ending
        prompt = nil
    }

    private mutating func endNow() {
        pipeline.removeAll()
        phase = .ending
    }
}
