import NIOCore

/// One client's session as a state machine without I/O and without a clock. It takes bytes and answers, and returns
/// bytes and actions.
///
/// The caller passes input (`received`, `inputEnded`, `answered`, …), and then takes actions with `next` until it
/// returns nil.
package struct SessionMachine: ~Copyable {
    enum Phase {
        case open
        /// STARTTLS was answered, and TLS has not begun.
        case upgrading
        case ending
        case closed
    }

    /// The commands that the session answers itself.
    package let commands: SessionCommands
    private(set) var requests: RequestReader
    private(set) var pipeline = Pipeline()
    /// The reply that is passed to the client while it arrives from a server.
    private(set) var passingReply: PassingReply?
    private(set) var client: SessionClient
    // Small properties are declared here to fill the padding of the one before.
    private(set) var phase = Phase.open
    /// A counter that changes whenever the time limit of a wait starts again: with each answered request, and with each
    /// part of a reply that was passed on. Prompts for the rest of a request do not change it, so all parts of a
    /// request share one deadline.
    package private(set) var progress: UInt32 = 0

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
        self.commands = commands
        client = SessionClient(peer, privacy, limits)
        requests = RequestReader(readsTelnet: privacy != .tls, mayOpenLink: takesLinks)
    }

    // MARK: - Events

    package mutating func received(_ bytes: inout ByteBuffer) {
        guard phase == .open else { return }
        requests.input.received(&bytes)
    }

    /// Notes that the client will send no more. The input that has arrived is still answered.
    package mutating func inputEnded() { requests.input.end() }

    package mutating func answered(_ ticket: Ticket, _ answer: consuming Answer) {
        if let body = requests.passing, body.ticket == ticket { return body.answered(answer) }
        let effect = answer.effect
        guard pipeline.answered(ticket, answer) else { return }
        switch effect {
        case .token(let token): client.loggedIn(token)
        case .loggedOut: client.loggedOut()
        case .close, .startTLS, nil: break
        }
    }

    /// Notes that TLS has begun. All state from before is discarded (RFC 3207, section 4.2).
    package mutating func tlsBegan() {
        guard phase == .upgrading else { return }
        phase = .open
        client.tlsBegan()
        requests.input.framer = Framer(readsTelnet: false)
    }

    /// Answers the complete requests, tells the client that the server is stopping, and ends the session.
    package mutating func drain() {
        guard phase == .open else { return }
        end(with: .stopping)
    }

    /// Ends the wait whose time limit has passed. Usually the session ends with a reply that says why.
    package mutating func timedOut() {
        switch wait {
        case .reply where passingReply?.hasBegun == true: passingReply?.cut()
        case .reply:
            passingReply = nil
            requests.abandon()
            // The outcome of the request is unknown. It may have changed the account for which the session acts, and
            // the later requests are therefore not run.
            pipeline.removeAll()
            end(with: .noAnswer)
        case .rest: end(with: requests.passing?.takesMore == false ? .noAnswer : .tooSlow)
        case .request: end(with: .idle)
        case .nothing: break
        }
    }

    /// Releases everything that was received from the client or waits for it, after the connection to the client was
    /// lost. This also releases the memory that was counted for it.
    package mutating func clientLost() {
        requests.abandon()
        passingReply = nil
        client.releaseMemory()
        pipeline.removeAll()
    }

    /// Returns the session as responders see it. `memory` is what the responder keeps for the lane.
    package mutating func caller(in lane: Lane, memory: (any LaneMemory)?) -> Caller {
        client.caller(in: lane, memory: memory)
    }

    /// Releases the memory that is needed only while requests are running.
    package mutating func rests() { client.rests() }

    /// Takes memory for the small requests that the session already holds, so that the next one may be read. Returns
    /// false if there is none: reading then waits until they are answered.
    package mutating func reserveForNext() -> Bool {
        requests.passing != nil || pipeline.held < BodyMemory.smallest || client.takeMemory(upTo: held)
    }

    /// Returns the memory that is no longer needed.
    ///
    /// - Parameter unwritten: Returns the number of bytes in answers that were not sent to the client.
    /// - Returns: whether memory is still held for such answers.
    package mutating func settle(unwritten: () -> Int) -> Bool {
        client.settleMemory(at: held + requests.arriving, unwritten: unwritten)
    }

    // MARK: - Actions

    /// Writes the available output to `output` and returns the next action. Returns nil if nothing can be done for
    /// now, or if the turn is over. The turn ends when its budget is spent, or when too much output waits to be sent.
    package mutating func next(_ manifest: Manifest, into output: inout Outbox, _ budget: inout TurnBudget) -> Action? {
        while phase != .closed, phase != .upgrading {
            guard output.count <= client.outputShare else {
                budget.end()
                return nil
            }
            guard budget.allows() else { return nil }
            if let passingReply {
                switch passingReply.step(into: &output, &budget) {
                case .wrotePart: noteProgress()
                case .ended: self.passingReply = nil
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
            } else if requests.passing != nil || hasRoom && reserveForNext() {
                if requests.passing == nil, takeVerbs(manifest, &output, &budget) { continue }
                switch requests.next(manifest, of: &client, into: &pipeline, &output, &budget) {
                case .goesOn: continue
                case .waits: return nil
                case .completed(let body): if let answer = body.answer { answered(body.ticket, answer) }
                case .becomesLink(let rest, let id):
                    phase = .closed
                    return .becomeLink(rest, id: id)
                case .ends: phase = .ending
                }
            } else {
                return nil
            }
        }
        return nil
    }

    /// Starts the time limit of the current wait again. From then on, no line can open a link.
    private mutating func noteProgress() {
        progress &+= 1
        requests.mayOpenLink = false
    }

    /// Reads lines that contain only a verb, up to the first that becomes a request. This is a fast path around the
    /// full parser. Constant answers are written directly, which makes keeping a connection alive cheap.
    ///
    /// - Returns: whether a line was read.
    private mutating func takeVerbs(_ manifest: Manifest, _ output: inout Outbox, _ budget: inout TurnBudget) -> Bool {
        let before = progress
        while budget.allows(), output.count <= client.outputShare, let line = requests.input.peekVerb() {
            if pipeline.isEmpty, let bytes = SessionCommands.constants[line.verb] {
                requests.input.takeVerb(line)
                noteProgress()
                output.gather(bytes)
                budget.spend(TurnBudget.constant)
            } else if let request = manifest[line.verb].flatMap({ Request(bare: $0) }) {
                requests.input.takeVerb(line)
                pipeline.append(request)
                budget.spend(TurnBudget.request)
                return true
            } else {
                break
            }
        }
        return progress != before
    }

    private mutating func write(_ finish: consuming Pipeline.Finish, _ output: inout Outbox) -> Action? {
        if !(300..<400).contains(finish.answer.code) { noteProgress() }
        if finish.answer.effect == .startTLS {
            // Bytes that arrived in clear must not be treated as protected by TLS (CVE-2011-0411).
            guard pipeline.isEmpty, requests.input.failureIfEnded == nil else {
                endNow()
                pipeline.append(Answer(.sentBeforeTLS))
                return nil
            }
            if inputHasEnded { endNow() } else { phase = .upgrading }
        }
        if let reply = finish.answer.arriving {
            passingReply = PassingReply(reply, mayBeReplaced: finish.answer.effect == nil)
            client.chargeMemory(upTo: held)
            return nil
        }
        client.wrote(finish.answer.size)
        finish.answer.write(form: finish.form, result: finish.result, into: &output)
        if finish.answer.effect == .close { endNow() }
        return phase == .upgrading ? .startTLS : nil
    }

    // MARK: - Endings

    /// Ends the session with `failure` as its last reply, after the complete requests before it are answered.
    package mutating func end(with failure: Failure) {
        requests.end(with: failure, in: &pipeline)
        phase = .ending
    }

    private mutating func endNow() {
        requests.abandon()
        pipeline.removeAll()
        phase = .ending
    }

    /// Ends the session at once, in the middle of a reply.
    private mutating func breakOff() -> Action {
        passingReply = nil
        endNow()
        phase = .closed
        return .close
    }
}
