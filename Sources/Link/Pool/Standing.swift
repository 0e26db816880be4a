/// How a replica stands among those that answer the same, and which of several gets the next session.
struct Standing: Equatable {
    enum Health: Int {
        /// It cannot be asked: it has no link, the queue on that is full, it does not know the command, or it is to rest.
        case out
        /// It can be asked, but has failed too often or lets one wait.
        case doubtful
        case healthy
    }

    let health: Health
    /// Requests that it has not answered.
    let load: Int
    /// Sessions that are its own.
    let sessions: Int
    /// Of its answers, about: nanoseconds.
    let latency: Int64

    /// The place of the best: the healthiest, and among those the one with the least to do. Sessions that say nothing now
    /// count where there is nothing else between two; otherwise all that come while nothing is asked went to one of them.
    /// Nil when none can be asked.
    static func best(of standings: [Standing]) -> Int? {
        standings.indices.filter { standings[$0].health != .out }.min { standings[$0].precedes(standings[$1]) }
    }

    private func precedes(_ other: Standing) -> Bool {
        if health != other.health { return health.rawValue > other.health.rawValue }
        return (load, sessions, latency) < (other.load, other.sessions, other.latency)
    }
}
