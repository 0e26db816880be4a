import NIOCore

/// One client's session as a state machine without I/O and without a clock. It takes bytes and answers, and returns
/// bytes and actions.
///
/// The caller passes input (`received`, `inputEnded`, `answered`, …), and then takes actions with `next` until it
/// returns nil.
package struct SessionMachine: ~Copyable {
    package enum Action: Equatable {
        /// The caller must give the request to a responder, and pass its answer to `answered`.
        case respond(Ticket, Request)
        /// The first line has opened a link. The bytes after that line are for the link's machine. `id` is the number
        /// of the link in the names of its requests.
        case becomeLink(ByteBuffer, id: UInt32?)
        /// The caller must write the remaining output, add TLS to the connection, and call `tlsBegan`.
        case startTLS
        /// The caller must write the remaining output, and then close the connection.
        case close
    }

    enum Phase {
        case open
        /// STARTTLS was answered, and TLS has not begun.
        case upgrading
        case ending
        case closed
    }

    /// The argument or the exchange for which the client was asked. The enum is indirect because prompts are rare,
    /// and because every session would otherwise have room for one.
    indirect enum Prompt {
        case secret(Request, index: Int)
        case message(Request, index: Int)
        case exchange(AuthExchange)

        /// The number of bytes that the unfinished request holds.
        var size: Int {
            switch self {
            case .secret(let request, _), .message(let request, _): request.size
            case .exchange: 0
            }
        }
    }

    let bounds: SessionLimits
    /// The commands that the session answers itself.
    package let commands: SessionCommands
    var framer: Framer
    // Small properties follow one whose padding has room for them.
    let takesLinks: Bool
    var phase = Phase.open
    package private(set) var inputHasEnded = false
    /// Whether the session has logged in. A LOGOUT does not reset it, because otherwise the limits would depend on
    /// the moment at which the LOGOUT is answered.
    private var hasLoggedIn = false
    package private(set) var privacy: Privacy
    var input = ByteBuffer()
    var prompt: Prompt?
    var pipeline = Pipeline()
    /// The memory for bodies that the session holds. It is nil for most sessions.
    var bodies: BodyHold?
    /// The message that is passed to a server while it arrives from the client.
    var passing: PassingBody?
    /// The reply that is passed to the client while it arrives from a server.
    var replying: Replying?
    /// The client's address and port.
    package let peer: String
    /// The token with which the session acts. The servers verify it.
    package private(set) var token: String? { didSet { caller = nil } }
    /// The session as responders see it. It exists only while requests are running.
    var caller: Caller?
    /// A counter of answered requests and of the parts of replies that were passed on. A clock distinguishes one wait
    /// from the next by it. Prompts for the rest of a request do not count. All parts of a request therefore share
    /// one deadline.
    package private(set) var turn: UInt64 = 0

    /// Makes a session.
    ///
    /// - Parameters:
    ///   - commands: The commands that the session answers itself.
    ///   - limits: The limits of its input, before and after a log-in.
    ///   - privacy: The protection of the connection.
    ///   - takesLinks: Whether the first line `* LINK 2` turns the connection into a link.
    ///   - peer: The client's address and port.
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

    package mutating func received(_ bytes: inout ByteBuffer) {
        guard phase == .open else { return }
        input.writeOrTake(&bytes)
    }

    /// Notes that the client will send no more. The input that has arrived is still answered.
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

    /// Notes that TLS has begun. All state from before is discarded (RFC 3207, section 4.2).
    package mutating func tlsBegan() {
        guard phase == .upgrading else { return }
        phase = .open
        privacy = .tls
        framer = Framer(readsTelnet: false)
        (token, hasLoggedIn) = (nil, false)
    }

    /// Answers the complete requests, tells the client that the server is stopping, and ends the session.
    package mutating func drain() {
        guard phase == .open else { return }
        end(with: .stopping)
    }

    /// Whether the session can take more input. If not, the input stays in the socket, and the client has to wait.
    package var wantsInput: Bool {
        phase == .open && !inputHasEnded && replying == nil && (passing.map { $0.takesMore } ?? hasRoom)
    }

    /// Restarts the time limit of the current wait after a part of a reply was passed on.
    mutating func noteProgress() { turn &+= 1 }

    /// Writes the available output to `output` and returns the next action. Returns nil if nothing can be done for
    /// now, or if the turn is over. The turn ends when its budget is spent, or when too much output waits to be sent.
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
                    // An idle session keeps no memory for its past input.
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

    /// Reads lines that contain only a verb, up to the first that becomes a request. This is a fast path around the
    /// full parser. Constant answers are written directly, which makes keeping a connection alive cheap.
    ///
    /// - Returns: whether a line was read.
    private mutating func takeVerbs(
        _ manifest: Manifest, _ output: inout Outbox, _ budget: inout TurnBudget
    ) -> Bool {
        let before = turn
        while budget.allows(), output.count <= share, let line = framer.peekVerb(input) {
            if pipeline.isEmpty, let bytes = SessionCommands.constants[line.verb] {
                framer.takeVerb(&input, line)
                turn &+= 1
                output.gather(bytes)
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

    /// The number of bytes that may wait to be sent. Above it, the session answers nothing more.
    private var share: Int { token == nil ? Outbox.unauthenticatedShare : Outbox.share }

    var limits: Limits {
        var limits = hasLoggedIn ? bounds.full : bounds.unauthenticated
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

    /// Whether another request may be read. Without a log-in, requests are read one at a time, so that the request
    /// after a log-in is read with the new limits.
    private var hasRoom: Bool {
        token == nil
            ? pipeline.isEmpty
            : pipeline.count < bounds.full.pipeline && (pipeline.isEmpty || pipeline.size < bounds.full.waiting)
    }

    private mutating func write(_ finish: consuming Pipeline.Finish, _ output: inout Outbox) -> Action? {
        if !(300..<400).contains(finish.answer.code) { turn &+= 1 }
        if finish.answer.effect == .startTLS {
            // Bytes that arrived in clear must not be treated as protected by TLS (CVE-2011-0411).
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

    /// Ends the session with `failure` as its last reply, after the complete requests before it are answered.
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
