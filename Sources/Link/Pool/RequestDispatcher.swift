import NIOCore
import Wire

/// Sends the requests of a pool's sessions to servers, for plugins that have several.
///
/// A session keeps the server that it got with its first request for a plugin for as long as that server is healthy.
/// The reason is that a server may know things of a session that no other server knows, such as who may answer a
/// challenge. A session changes its server only when it has no request under way, which keeps its requests in order.
///
/// A request that was lost with its link, or that takes too long, goes to another server once, if its command is
/// declared repeatable and the retry budget allows it. A request that a server refuses because of its own disk or files
/// does so too. Such a server refuses fast, and would otherwise attract most of the new sessions.
///
/// Confined to its event loop.
final class RequestDispatcher {
    let loop: any EventLoop
    /// The sessions that have chosen between servers, by lane.
    private(set) var sessions: [Lane: PoolSession] = [:]
    /// The sessions with attempts under way.
    private(set) var busy = SlotMap<PoolSession>()
    /// The sessions whose requests wait until they can leave their server, by lane.
    private(set) var waiting: [Lane: PoolSession] = [:]
    private var budget = RetryBudget()

    init(on loop: any EventLoop) {
        self.loop = loop
    }

    /// Sends the request to its session's server. If the session has to leave that server and cannot yet, the request
    /// is held.
    func dispatch(_ request: Request, from caller: Caller, for plugin: PoolPlugin, _ answer: ReturnPath) {
        budget.noteRequest()
        let session = session(of: caller.lane)
        var request = PoolRequest(request, caller, for: plugin, in: session, answer)
        guard let current = plugin.currentReplica(of: session) else { return sendFirst(request) }
        request.isBlind = current.upstream.waiting(in: session.lane) > session.attempts.count
        if !session.held.isEmpty || mustLeave(current, session) {
            hold(request, at: current)
        } else {
            sendFirst(request)
        }
    }

    func ended(lane: Lane) {
        guard let session = sessions.removeValue(forKey: lane) else { return }
        waiting[lane] = nil
        for request in session.end() { request.answer(Answer(.serverDown)) }
    }

    /// Lets all sessions forget the replicas that no longer serve a plugin.
    func forgetReplicas(where isServed: (PoolPlugin, Replica) -> Bool) {
        for session in sessions.values { session.keepReplicas(where: isServed) }
    }

    /// Moves late requests, and sends those that no longer have to wait.
    func tick(_ now: NIODeadline, answerTimeout: TimeAmount) {
        budget.tick()
        moveLate(now, answerTimeout)
        release()
    }

    private func session(of lane: Lane) -> PoolSession {
        if let known = sessions[lane] { return known }
        let new = PoolSession(lane: lane)
        sessions[lane] = new
        return new
    }

    private func sendFirst(_ request: PoolRequest) {
        guard let replica = request.plugin.assignReplica(for: request.verb, to: request.session) else {
            return request.answer(Answer(.serverDown))
        }
        send(request, to: replica, isSecond: false)
    }

    // MARK: - Requests that wait

    // The requests of a session have to stay in order. When its server is to be left, the next request waits until all
    // of its requests there are answered. Then it goes to another server. This way even a session that always has a
    // request under way gets to another server.

    /// Returns whether the session has to leave this server and cannot yet.
    private func mustLeave(_ replica: Replica, _ session: PoolSession) -> Bool {
        replica.isDraining && replica.upstream.isWaiting(in: session.lane)
    }

    private func hold(_ request: PoolRequest, at replica: Replica) {
        let session = request.session
        if session.held.isEmpty { waiting[session.lane] = session }
        session.held.append(HeldRequest(request: request, replica: replica, link: replica.upstream.link))
    }

    /// Sends the held requests of all sessions that no longer have to wait.
    func release() {
        for (lane, session) in waiting where !isHeld(session) {
            waiting[lane] = nil
            let requests = session.held
            session.held = []
            for held in requests {
                // If the request waited for a log-in, it is sent with that log-in's token.
                if let request = held.request.settled(held.upstream) {
                    sendFirst(request)
                } else {
                    held.request.answer(Answer(.serverLost))
                }
            }
        }
    }

    private func isHeld(_ session: PoolSession) -> Bool {
        guard let plugin = session.held.first?.request.plugin, let current = plugin.currentReplica(of: session) else {
            return false
        }
        return mustLeave(current, session)
    }

    // MARK: - Attempts

    private func send(_ request: PoolRequest, to replica: Replica, isSecond: Bool) {
        // A request that the link refuses at once is no attempt.
        guard replica.upstream.takesRequests else {
            return replica.upstream.respond(to: request.request, from: request.caller, request.answer)
        }
        let attempt = PoolAttempt(request, of: self, at: replica, isSecond: isSecond)
        request.session.add(attempt, &busy)
        replica.upstream.respond(
            to: request.request, from: request.caller, ReturnPath(attempt, request.session.lane, 0))
    }

    func answered(_ attempt: PoolAttempt, _ answer: Answer) {
        guard !attempt.isGivenUp else { return }
        let (session, replica) = (attempt.request.session, attempt.replica)
        session.remove(attempt, &busy)
        guard replica.upstream.isConnected else {
            replica.lost()
            if !sendAgain(attempt) { attempt.request.answer(answer) }
            return
        }
        if Self.isFaultOfServer(answer) {
            replica.failed()
            if sendElsewhere(attempt) { return }
        } else {
            replica.answered(after: .now() - attempt.since)
        }
        session.take(answer.effect)
        attempt.request.answer(answer)
    }

    // MARK: - Second attempts

    /// Sends a request that was lost with its link to another server. Requests are lost in the order in which they were
    /// sent, so they stay in order.
    ///
    /// - Returns: false if the request may not be sent again.
    private func sendAgain(_ attempt: PoolAttempt) -> Bool {
        let request = attempt.request
        guard attempt.mayBeRepeated,
            let other = request.plugin.assignReplica(for: request.verb, to: request.session),
            other !== attempt.replica, other.upstream.takesRequests, budget.take()
        else { return false }
        send(request, to: other, isSecond: true)
        return true
    }

    /// Returns whether the server refused because something on its side is broken, such as a full disk (RFC 3463,
    /// X.3.5). The request then had no effect, and another server may run it.
    private static func isFaultOfServer(_ answer: Answer) -> Bool {
        answer.code == 451 && answer.reply.enhanced == "4.3.5"
    }

    /// Moves the session to a healthy server, which gets the refused request if that may be repeated. A session with
    /// more requests under way stays, because its requests have to stay in order.
    ///
    /// - Returns: false if the refusal is to be passed on to the client.
    private func sendElsewhere(_ attempt: PoolAttempt) -> Bool {
        let (request, session) = (attempt.request, attempt.request.session)
        guard session.replica(for: request.plugin) === attempt.replica,
            !attempt.replica.upstream.isWaiting(in: session.lane),
            let other = request.plugin.healthiest(but: attempt.replica, for: [request.verb])
        else { return false }
        let isRepeated = attempt.mayBeRepeated && budget.take()
        session.move(to: other, for: request.plugin)
        if isRepeated { send(request, to: other, isSecond: true) }
        return isRepeated
    }

    /// Moves each session with an answer that is late: all of its requests under way go to another server, or none,
    /// because they have to stay in order. From then on only the answers of the other server count.
    private func moveLate(_ now: NIODeadline, _ answerTimeout: TimeAmount) {
        for session in busy.all {
            var isLate = false
            // A large request takes long to send, which is not the server's fault.
            for attempt in session.attempts
            where now - attempt.since >= answerTimeout && !attempt.isLate && !attempt.request.request.isLarge {
                (attempt.isLate, isLate) = (true, true)
                attempt.replica.failed()
            }
            if isLate { moveAll(of: session) }
        }
    }

    private func moveAll(of session: PoolSession) {
        let attempts = session.attempts
        // A message that is passed on in parts goes to one server only.
        guard let first = attempts.first,
            attempts.allSatisfy({ $0.mayBeRepeated && $0.request.request.rest == nil }),
            let other = first.request.plugin.healthiest(but: first.replica, for: attempts.map(\.request.verb)),
            budget.take(attempts.count)
        else { return }
        for attempt in attempts {
            attempt.isGivenUp = true
            session.remove(attempt, &busy)
        }
        // The first server may still answer a log-in among them. Nobody waits for that answer any more.
        first.replica.upstream.abandon(session.lane)
        session.move(to: other, for: first.request.plugin)
        for attempt in attempts { send(attempt.request, to: other, isSecond: true) }
    }
}
