import NIOCore
import Wire

/// Second tries.
extension Pool {
    /// Gives what was lost with its link to another server; false if it may not be. What is lost comes in the order in
    /// which it was sent, so what stood behind another request does so again.
    func sendAgain(_ attempt: PoolAttempt) -> Bool {
        let request = attempt.request
        guard attempt.mayBeRepeated,
            let other = replica(for: request.verb, of: request.plugin, in: request.session),
            other !== attempt.replica, other.upstream.takesRequests, budget.take()
        else { return false }
        send(request, to: other, isSecond: true)
        return true
    }

    /// Whether a server refused since something around it is broken (RFC 3463, X.3.5), such as a full disk. It did nothing
    /// then, and another server may do it.
    static func isFaultOfServer(_ answer: Answer) -> Bool {
        answer.code == 451 && answer.reply.enhanced == "4.3.5"
    }

    /// Moves the session to another server, which gets the refused request if that may be repeated. Returns false if the
    /// refusal is to be passed on. A session that has more under way stays, since its requests have to stay in order.
    func giveElsewhere(_ attempt: PoolAttempt) -> Bool {
        let (request, session) = (attempt.request, attempt.request.session)
        guard session.replica(for: request.plugin) === attempt.replica,
            !attempt.replica.upstream.isWaiting(in: session.lane),
            let other = healthiest(but: attempt.replica, of: request.plugin, for: [request.verb])
        else { return false }
        let isRepeated = attempt.mayBeRepeated && budget.take()
        session.move(to: other, for: request.plugin)
        if isRepeated { send(request, to: other, isSecond: true) }
        return isRepeated
    }

    /// Gives to another server what has not been answered for too long, with all that its session has behind it: or none
    /// of that, since it has to stay in order. The first answer that comes from there counts, and no other.
    func moveLate(_ now: NIODeadline, _ patience: TimeAmount) {
        for session in busy.all {
            var isLate = false
            // How long a large request takes to be sent is not the server's fault.
            for attempt in session.attempts
            where now - attempt.since >= patience && !attempt.isLate && !attempt.request.request.isLarge {
                (attempt.isLate, isLate) = (true, true)
                attempt.replica.failed()
            }
            if isLate { moveAll(of: session) }
        }
    }

    private func moveAll(of session: PoolSession) {
        let attempts = session.attempts
        // A message that passes has one server at a time.
        guard let first = attempts.first,
            attempts.allSatisfy({ $0.mayBeRepeated && $0.request.request.rest == nil }),
            let other = healthiest(
                but: first.replica, of: first.request.plugin, for: attempts.map(\.request.verb)),
            budget.take(attempts.count)
        else { return }
        for attempt in attempts {
            attempt.isGivenUp = true
            session.remove(attempt, &busy)
        }
        // A log-in among them may still be answered there.
        first.replica.upstream.abandon(session.lane)
        session.move(to: other, for: first.request.plugin)
        for attempt in attempts { send(attempt.request, to: other, isSecond: true) }
    }
}
