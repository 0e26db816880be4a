import NIOCore
import Wire

/// Second tries.
extension ReplicaSet {
    /// Gives what was lost with its link to another replica; false if it may not be. What is lost comes in the order in
    /// which it was sent, so what stood behind another request does so again.
    func sendAgain(_ attempt: Attempt) -> Bool {
        guard mayBeRepeated(attempt), let other = replica(for: attempt.request.spec.verb, in: attempt.caller.lane),
            other !== attempt.replica, other.upstream.takesRequests, budget.take()
        else { return false }
        send(attempt.request, from: attempt.caller, to: other, isSecond: true, attempt.answer)
        return true
    }

    /// Whether a server refused since something around it is broken (RFC 3463, X.3.5), such as a full disk. It did nothing
    /// then, and another server may do it.
    static func isFaultOfServer(_ answer: Answer) -> Bool {
        answer.code == 451 && answer.reply.enhanced == "4.3.5"
    }

    /// Moves the session to another server, which gets the refused request if that may be repeated. Returns false if the
    /// refusal is to be passed on. A session that has more under way stays, since its requests have to stay in order.
    func giveElsewhere(_ attempt: Attempt) -> Bool {
        let (lane, verb) = (attempt.caller.lane, attempt.request.spec.verb)
        guard sessions[lane]?.replica === attempt.replica, !attempt.replica.upstream.isWaiting(in: lane),
            let other = healthiest(but: attempt.replica, for: [verb])
        else { return false }
        let isRepeated = mayBeRepeated(attempt) && budget.take()
        move(lane, to: other)
        if isRepeated { send(attempt.request, from: attempt.caller, to: other, isSecond: true, attempt.answer) }
        return isRepeated
    }

    /// One that was sent for somebody else than the session acts for now would be run for the wrong one: at the first
    /// server a log-in stood before it, at the second none would. And nobody waits for one whose session has gone.
    private func mayBeRepeated(_ attempt: Attempt) -> Bool {
        attempt.request.spec.isRepeatable && !attempt.isSecond
            && sessions[attempt.caller.lane]?.identity == attempt.identity
    }

    /// Gives to another replica what has not been answered for too long, with all that its session has behind it: or none
    /// of that, since it has to stay in order. The first answer that comes from there counts, and no other.
    func moveLate(_ now: NIODeadline, _ patience: TimeAmount) {
        var lanes: Set<Lane> = []
        // How long a large request takes to be sent is not the server's fault.
        for (number, attempt) in attempts
        where now - attempt.since >= patience && !attempt.isLate && !attempt.request.isLarge {
            attempts[number]?.isLate = true
            attempt.replica.failed()
            lanes.insert(attempt.caller.lane)
        }
        for lane in lanes { moveAll(of: lane) }
    }

    private func moveAll(of lane: Lane) {
        let mine = attempts.filter { $0.value.caller.lane == lane }.sorted { $0.key < $1.key }
        guard let first = mine.first?.value, mine.allSatisfy({ mayBeRepeated($0.value) }),
            let other = healthiest(but: first.replica, for: mine.map(\.value.request.spec.verb)),
            budget.take(mine.count)
        else { return }
        for (number, _) in mine { attempts[number] = nil }
        move(lane, to: other)
        for (_, attempt) in mine {
            let caller = attempt.replica.upstream.asKnown(attempt.caller)
            send(attempt.request, from: caller, to: other, isSecond: true, attempt.answer)
        }
    }

    /// A healthy one that knows all of these commands.
    private func healthiest(but replica: Replica, for verbs: [Verb]) -> Replica? {
        let others = replicas.filter { other in other !== replica && verbs.allSatisfy(other.answers) }
        let standings = others.map { $0.standing(for: verbs[0]) }
        guard let best = Standing.best(of: standings), standings[best].health == .healthy else { return nil }
        return others[best]
    }
}
