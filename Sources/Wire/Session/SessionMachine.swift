import NIOCore

/// One client's session as a value: octets and answers in, octets and actions out, no I/O and no clock.
///
/// Feed it (`received`, `inputEnded`, `answered`, …), then take actions with `next` until there is none.
package struct SessionMachine: ~Copyable {
    package enum Action: Equatable {
        /// Give the request to a responder, and its answer to `answered`.
        case respond(Ticket, Request)
        /// The first line said that this is a link, and what its requests are called by: what has arrived behind it is for the
        /// link's machine.
        case becomeLink(ByteBuffer, id: UInt32?)
        /// Write what is left to write, put TLS before the session, and call `tlsBegan`.
        case startTLS
        /// Write what is left to write, then close.
        case close
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
        case secret(Request, index: Int)
        case message(Request, index: Int)
        case exchange(AuthExchange)

        /// Octets of the request so far.
        var size: Int {
            switch self {
            case .secret(let request, _), .message(let request, _): request.size
            case .exchange: 0
            }
        }
    }

    let bounds: SessionLimits
    /// Those that the session answers itself.
    package let commands: SessionCommands
    var framer: Framer
    // The small ones stand behind one that ends with room for them.
    let takesLinks: Bool
    var phase = Phase.open
    package private(set) var inputHasEnded = false
    /// Whether it has been logged in. Its limits stay, so that they do not depend on when a LOGOUT is answered.
    private var hasLoggedIn = false
    package private(set) var privacy: Privacy
    var input = ByteBuffer()
    var prompt: Prompt?
    var pipeline = Pipeline()
    /// The share of the memory for bodies that is held; nil for most.
    var bodies: BodyHold?
    /// The message that is passed on while it comes from the client.
    var passing: PassingBody?
    /// The reply that is passed on while it comes from its server.
    var replying: Replying?
    /// The client's address and port.
    package let peer: String
    /// Who the session acts for; the servers verify it.
    package private(set) var token: String? { didSet { caller = nil } }
    /// The session as the giver of its requests, while some are under way.
    var caller: Caller?
    /// Counts requests that were answered, so that a clock can tell one wait from the next. What asks for the rest of a
    /// request does not count: a request has one deadline, however many parts it comes in.
    package private(set) var turn: UInt64 = 0

    /// `commands`: those that the session answers itself. `takesLinks`: a first line `* LINK 2` turns the connection into a link. `peer`: the client's address and port.
    package init(
        _ commands: SessionCommands, limits: SessionLimits = .standard, privacy: Privacy = .local,
        takesLinks: Bool = false, peer: String = "local"
    ) {
        bounds = limits
        self.commands = commands
        self.peer = peer
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

    package mutating func answered(_ ticket: Ticket, _ answer: consuming Answer) {
        if let passing, passing.ticket == ticket { return passing.answered(answer) }
        let effect = answer.effect
        guard pipeline.answered(ticket, answer) else { return }
        switch effect {
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
        phase == .open && !inputHasEnded && replying == nil && (passing.map { $0.takesMore } ?? hasRoom)
    }

    /// A part of a reply was passed on, and its time limit begins anew.
    mutating func noteProgress() { turn &+= 1 }

    /// The next thing to do, after what is ready was written to `output`; nil when there is nothing to do for now, or when
    /// the turn is over: it is spent, or more waits to be written than may.
    package mutating func next(_ manifest: Manifest, into output: inout Outbox, _ turn: inout TurnBudget) -> Action? {
        while phase != .closed, phase != .upgrading {
            guard output.count <= share else {
                turn.end()
                return nil
            }
            guard turn.allows() else { return nil }
            if let replying {
                switch goOnReplying(replying, &output, &turn) {
                case .goesOn: continue
                case .waits: return nil
                case .breaksOff: return breakOff()
                }
            } else if let finish = pipeline.finish() {
                if let action = write(finish, &output) { return action }
            } else if let start = pipeline.start() {
                guard start.request.entry.route == 0 else { return .respond(start.ticket, start.request) }
                answered(start.ticket, commands.answer(start.request, privacy, manifest))
            } else if phase == .ending {
                guard pipeline.isEmpty else { return nil }
                phase = .closed
                return .close
            } else if let passing {
                guard goOnPassing(passing, &output, &turn) else { return nil }
            } else if hasRoom, mayHoldMore() {
                if takeVerbs(manifest, &output, &turn) { continue }
                guard let event = framer.next(&input, limits: limits, &turn, units: TurnBudget.request) else {
                    if framer.isInText, passText() { continue }
                    checkText()
                    if framer.isPausedInText {
                        turn.spend(TurnBudget.text)
                        continue
                    }
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

    /// Takes the lines that are the verb alone of a command without arguments, up to the first that is a request: a short way
    /// past all that a line can be. Answers that are always the same are written at once, so that to keep a connection alive
    /// costs nothing.
    ///
    /// - Returns: whether there was one.
    private mutating func takeVerbs(
        _ manifest: Manifest, _ output: inout Outbox, _ budget: inout TurnBudget
    ) -> Bool {
        let before = turn
        while budget.allows(), output.count <= share, let line = framer.peekVerb(input) {
            if pipeline.isEmpty, let octets = SessionCommands.constants[line.verb] {
                framer.takeVerb(&input, line)
                turn &+= 1
                output.gather(octets)
                budget.spend(TurnBudget.constant)
            } else if let request = manifest[line.verb].flatMap({ Request(bare: $0) }) {
                framer.takeVerb(&input, line)
                pipeline.append(request)
                budget.spend(TurnBudget.request)
                return true
            } else {
                break
            }
        }
        return turn != before
    }

    /// Octets that may wait to be written before nothing more is answered.
    private var share: Int { token == nil ? Outbox.strangersShare : Outbox.share }

    var limits: Limits {
        var limits = hasLoggedIn ? bounds.full : bounds.stranger
        if let passing, passing.isText, passing.entry.spec.takesSealed {
            limits.text = Limits.roomForSealed(limits.text)
        }
        switch prompt {
        case .message(let request, _) where request.spec.takesSealed:
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

    private mutating func write(_ finish: consuming Pipeline.Finish, _ output: inout Outbox) -> Action? {
        if !(300..<400).contains(finish.answer.code) { turn &+= 1 }
        if finish.answer.effect == .startTLS {
            // Octets that came in clear would be taken for what TLS protects (CVE-2011-0411).
            guard pipeline.isEmpty, framer.cutShort(input) == nil else {
                endNow()
                pipeline.append(Answer(.sentBeforeTLS))
                return nil
            }
            if inputHasEnded { endNow() } else { phase = .upgrading }
        }
        if let reply = finish.answer.arriving {
            replying = Replying(reply, mayBeReplaced: finish.answer.effect == nil)
            chargeReply()
            return nil
        }
        bodies?.wrote(finish.answer.size)
        finish.answer.write(form: finish.form, result: finish.result, into: &output)
        if finish.answer.effect == .close { endNow() }
        return phase == .upgrading ? .startTLS : nil
    }

    // MARK: - Endings

    /// Says why, once what is under way is answered, and ends.
    package mutating func end(with failure: Failure) {
        if let passing { refuse(passing, failure) } else { pipeline.append(Answer(failure)) }
        phase = .ending
        prompt = nil
    }

    private mutating func endNow() {
        abandon()
        pipeline.removeAll()
        phase = .ending
    }
}
