import NIOCore
import Wire

/// Which server a request goes to, and its first try there.
extension Pool {
    /// Sends the request to its session's server, or keeps it until the session can leave that.
    func choose(_ request: PoolRequest) {
        let session = request.session
        if let current = current(for: request.plugin, of: session) {
            var request = request
            request.isBlind = current.upstream.waiting(in: session.lane) > session.attempts.count
            if !session.held.isEmpty || isLeft(current, by: session) { return hold(request, at: current) }
            return sendFirst(request)
        }
        sendFirst(request)
    }

    func sendFirst(_ request: PoolRequest) {
        guard let replica = replica(for: request.verb, of: request.plugin, in: request.session) else {
            return request.answer(Answer(.serverDown))
        }
        send(request, to: replica, isSecond: false)
    }

    /// Where the session's next request goes, which is its server from now on. Nil when there is none at all, or when
    /// what it has under way keeps it at one that does not know the command.
    func replica(for verb: Verb, of plugin: PoolPlugin, in session: PoolSession) -> Replica? {
        let known = session.replica(for: plugin)
        let current = current(for: plugin, of: session)
        if let current {
            let isKept = current.upstream.isWaiting(in: session.lane)
            if isKept || current.standing(for: verb).health == .healthy {
                if known == nil { session.move(to: current, for: plugin) }
                return current.answers(verb) ? current : nil
            }
        }
        let standings = plugin.replicas.map { $0.standing(for: verb) }
        guard let best = Standing.best(of: standings) else {
            return ([current].compactMap(\.self) + plugin.replicas).first { !$0.isResting }
        }
        // No better than where it is.
        if let known, standings[best].health == known.standing(for: verb).health { return known }
        session.move(to: plugin.replicas[best], for: plugin)
        return plugin.replicas[best]
    }

    /// The server that the session is at for the plugin, if it has asked anything.
    func current(for plugin: PoolPlugin, of session: PoolSession) -> Replica? {
        if let known = session.replica(for: plugin) { return known }
        // Nothing was noted before there were several.
        return (plugin.replicas + plugin.leaving).first { $0.upstream.isWaiting(in: session.lane) }
            ?? plugin.replicas.first { !$0.isResting && $0.upstream.knows(session.lane) }
    }

    /// A healthy server of the plugin that knows all of these commands.
    func healthiest(but replica: Replica, of plugin: PoolPlugin, for verbs: [Verb]) -> Replica? {
        let others = plugin.replicas.filter { other in other !== replica && verbs.allSatisfy(other.answers) }
        let standings = others.map { $0.standing(for: verbs[0]) }
        guard let best = Standing.best(of: standings), standings[best].health == .healthy else { return nil }
        return others[best]
    }

    // MARK: - Attempts

    func send(_ request: PoolRequest, to replica: Replica, isSecond: Bool) {
        // What will be refused at once is no attempt.
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
            if giveElsewhere(attempt) { return }
        } else {
            replica.answered(after: .now() - attempt.since)
        }
        session.take(answer.effect)
        attempt.request.answer(answer)
    }
}
