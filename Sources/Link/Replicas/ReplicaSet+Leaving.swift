import Wire

/// Sessions whose server is to be left. Their requests have to stay in order, so the next waits until all that are under
/// way there are answered, and goes to another server then: also in a session that always has some under way.
extension ReplicaSet {
    /// A request that waits for that.
    struct Held {
        let request: Request
        let caller: Caller
        let answer: ReturnPath
        /// The server that the session was at.
        let replica: Replica?
    }

    /// Whether the session is still at a server that it has to leave.
    func isLeft(in lane: Lane) -> Bool {
        guard hasResting, let current = current(in: lane) else { return false }
        return current.isResting && current.upstream.isWaiting(in: lane)
    }

    /// Gives what has waited to the session's next server, where there is nothing to wait for any more.
    func release() {
        for (lane, requests) in held where !isLeft(in: lane) {
            held[lane] = nil
            for waiting in requests {
                // A log-in that it waited for counts for it too.
                let caller = waiting.replica?.upstream.asKnown(waiting.caller) ?? waiting.caller
                sendFirst(waiting.request, from: caller, waiting.answer)
            }
        }
    }

    /// The sessions of a replica: those that have something under way there, and as long as it does not rest those that
    /// would ask it next.
    func lanes(of replica: Replica) -> [Lane] {
        replica.upstream.lanes.filter { lane in
            replica.isResting
                ? replica.upstream.isWaiting(in: lane) : sessions[lane].map { $0.replica === replica } ?? true
        }
    }
}
