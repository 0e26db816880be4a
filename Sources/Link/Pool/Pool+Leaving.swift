import Wire

/// Sessions whose server is to be left. Their requests have to stay in order, so the next waits until all that are under
/// way there are answered, and goes to another server then: also in a session that always has some under way.
extension Pool {
    /// Whether the session has to leave the server that it is at, and cannot yet.
    func isLeft(_ replica: Replica, by session: PoolSession) -> Bool {
        replica.isResting && replica.upstream.isWaiting(in: session.lane)
    }

    func hold(_ request: PoolRequest, at replica: Replica) {
        let session = request.session
        if session.held.isEmpty { waiting[session.lane] = session }
        session.held.append(HeldRequest(request: request, replica: replica, link: replica.upstream.link))
    }

    /// Gives what has waited to the session's next server, where there is nothing to wait for any more.
    func release() {
        for (lane, session) in waiting where !isHeld(session) {
            waiting[lane] = nil
            let requests = session.held
            session.held = []
            for held in requests {
                // A log-in that it waited for counts for it too.
                if let request = held.request.settled(held.upstream) {
                    sendFirst(request)
                } else {
                    held.request.answer(Answer(.serverLost))
                }
            }
        }
    }

    private func isHeld(_ session: PoolSession) -> Bool {
        guard let plugin = session.held.first?.request.plugin, let current = current(for: plugin, of: session) else {
            return false
        }
        return isLeft(current, by: session)
    }

    /// The sessions of a replica: those that have something under way there, and as long as it does not rest those that
    /// would ask it next.
    func lanes(of replica: Replica) -> [Lane] {
        let served = plugins.all.filter { $0.has(replica) }
        return replica.upstream.lanes.filter { lane in
            guard !replica.isResting else { return replica.upstream.isWaiting(in: lane) }
            guard let session = sessions[lane] else { return true }
            return served.contains { session.replica(for: $0).map { $0 === replica } ?? true }
        }
    }
}
