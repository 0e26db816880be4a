import NIOCore
import Wire

/// The servers that answer one plugin's commands, each on one link of an event loop: any of them could answer any request.
///
/// A session keeps the one that it got at its first request for as long as that one is healthy, as a server may know of
/// a session what no other does (who may answer a challenge, say), and goes to another when nothing of it is under way:
/// so its requests stay in order. What is lost with a link, or takes too long, is given to another server once, if the
/// command is declared repeatable and the budget for that allows it. The same holds for what a server refuses since its
/// own disk or files keep it from working: it refuses fast, so most new sessions would go there.
///
/// With one server it is no more than that server's link. Confined to its event loop.
package final class ReplicaSet: Responder, Asker {
    /// The replica of a session.
    struct Session {
        var replica: Replica
        /// How often it was told that it acts for somebody else, or for nobody.
        var identity = 0
    }

    /// A request that is under way, for another try.
    struct Attempt {
        let request: Request
        let caller: Caller
        let answer: ReturnPath
        let replica: Replica
        let since: NIODeadline
        /// The session's when it was sent.
        let identity: Int
        let isSecond: Bool
        /// Whether it is known to be late.
        var isLate = false
    }

    package let plugin: String
    package private(set) var manifest = Manifest()
    private(set) var replicas: [Replica] = []
    /// Those that were taken away and have requests to answer.
    private(set) var leaving: [Replica] = []
    /// The link of the one that there is; nil if there is another, or none, or if one is left by its sessions.
    private var only: Upstream?
    /// Whether the last that there was has been taken away: what it answered is known, and nobody answers it now.
    private(set) var isDeserted = false
    /// Whether there is one that its sessions have to leave.
    private(set) var hasResting = false
    /// Requests that wait until their session can leave its server.
    var held: [Lane: [Held]] = [:]
    package let loop: (any EventLoop)?
    var sessions: [Lane: Session] = [:]
    /// By a number that is counted up, so that the requests of a session can be put in order.
    var attempts: [UInt64: Attempt] = [:]
    private var lastAttempt: UInt64 = 0
    var budget = RetryBudget()

    init(of plugin: String, on loop: any EventLoop) {
        self.plugin = plugin
        self.loop = loop
    }

    /// Whether a request would find a server that is thought to answer.
    package var isServed: Bool { replicas.contains(where: \.isHealthy) }

    /// Takes these for all that there are, and gathers what they have announced of the plugin. They may differ while a
    /// site is brought to another release: a command goes to those that know it.
    func refresh(_ all: [Replica]) {
        replicas = all.filter { !$0.isLeaving }
        leaving = all.filter(\.isLeaving)
        hasResting = all.contains(where: \.isResting)
        isDeserted = replicas.isEmpty && (isDeserted || !leaving.isEmpty)
        only = all.count == 1 && !all[0].isResting ? all[0].upstream : nil
        if !isDeserted { gather() }
        for (lane, session) in sessions where !all.contains(where: { $0 === session.replica }) { forget(lane) }
    }

    private func gather() {
        manifest = Manifest()
        for replica in replicas {
            for spec in replica.upstream.manifest.specs where spec.plugin == plugin {
                manifest.add(Manifest.Entry(spec))
            }
        }
    }

    package func respond(to request: Request, from caller: Caller, _ answer: ReturnPath) {
        // Nothing is chosen and nothing noted where it could make no difference.
        if let only { return only.respond(to: request, from: caller, answer) }
        budget.noteRequest()
        if isLeft(in: caller.lane) {
            let replica = current(in: caller.lane)
            held[caller.lane, default: []].append(
                Held(request: request, caller: caller, answer: answer, replica: replica))
        } else {
            sendFirst(request, from: caller, answer)
        }
    }

    func sendFirst(_ request: Request, from caller: Caller, _ answer: ReturnPath) {
        guard let replica = replica(for: request.spec.verb, in: caller.lane) else { return answer(Answer(.serverDown)) }
        send(request, from: caller, to: replica, isSecond: false, answer)
    }

    package func ended(lane: Lane) {
        for request in held.removeValue(forKey: lane) ?? [] { request.answer(Answer(.serverDown)) }
        forget(lane)
        for replica in replicas { replica.upstream.ended(lane: lane) }
        for replica in leaving { replica.upstream.ended(lane: lane) }
    }

    /// To be called as often as a link is looked at; `patience` is how long an answer may take before another is asked.
    func tick(_ now: NIODeadline, patience: TimeAmount) {
        budget.tick()
        moveLate(now, patience)
        release()
    }

    // MARK: - Which one

    /// Where the session's next request goes, which is its replica from now on. Nil when there is none at all, or when
    /// what it has under way keeps it at one that does not know the command.
    func replica(for verb: Verb, in lane: Lane) -> Replica? {
        let known = sessions[lane]
        let current = current(in: lane)
        if let current {
            let isKept = current.upstream.isWaiting(in: lane)
            if isKept || current.standing(for: verb).health == .healthy {
                if known == nil { move(lane, to: current) }
                return current.answers(verb) ? current : nil
            }
        }
        let standings = replicas.map { $0.standing(for: verb) }
        guard let best = Standing.best(of: standings) else {
            return ([current].compactMap(\.self) + replicas).first { !$0.isResting }
        }
        // No better than where it is.
        if let current, let known, standings[best].health == current.standing(for: verb).health { return known.replica }
        move(lane, to: replicas[best])
        return replicas[best]
    }

    /// Where the session is, if it has asked anything.
    func current(in lane: Lane) -> Replica? {
        if let known = sessions[lane]?.replica { return known }
        // Of before there were several, nothing was noted.
        return (replicas + leaving).first { $0.upstream.isWaiting(in: lane) }
            ?? replicas.first { !$0.isResting && $0.upstream.knows(lane) }
    }

    func move(_ lane: Lane, to replica: Replica) {
        sessions[lane]?.replica.sessions -= 1
        sessions[lane, default: Session(replica: replica)].replica = replica
        replica.sessions += 1
    }

    private func forget(_ lane: Lane) {
        sessions.removeValue(forKey: lane)?.replica.sessions -= 1
    }

    // MARK: - Attempts

    func send(
        _ request: Request, from caller: Caller, to replica: Replica, isSecond: Bool,
        _ answer: ReturnPath
    ) {
        // What will be refused at once is no attempt.
        guard replica.upstream.takesRequests else {
            return replica.upstream.respond(to: request, from: caller, answer)
        }
        lastAttempt += 1
        let number = lastAttempt
        attempts[number] = Attempt(
            request: request, caller: caller, answer: answer, replica: replica, since: .now(),
            identity: sessions[caller.lane]?.identity ?? 0, isSecond: isSecond)
        replica.upstream.respond(to: request, from: caller, ReturnPath(self, caller.lane, Ticket(number)))
    }

    /// Takes the answer to an attempt.
    package func answered(_ lane: Lane, _ ticket: Ticket, _ answer: consuming Answer) {
        // Another replica may have been asked meanwhile.
        guard let attempt = attempts.removeValue(forKey: ticket.number) else { return }
        guard attempt.replica.upstream.isConnected else {
            attempt.replica.lost()
            if !sendAgain(attempt) { attempt.answer(answer) }
            return
        }
        if Self.isFaultOfServer(answer) {
            attempt.replica.failed()
            if giveElsewhere(attempt) { return }
        } else {
            attempt.replica.answered(after: .now() - attempt.since)
        }
        switch answer.effect {
        case .token, .loggedOut: sessions[attempt.caller.lane]?.identity += 1
        case .close, .startTLS, nil: break
        }
        attempt.answer(answer)
    }
}
