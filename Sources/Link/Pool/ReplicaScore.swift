/// The measure by which a session's next server is chosen from several.
struct ReplicaScore: Equatable {
    enum Availability: Int {
        /// The server cannot be asked: it has no link, the link's queue is full, it does not know the command, or it
        /// drains.
        case unavailable
        /// The server can be asked, but has failed too often or does not answer a heartbeat.
        case suspect
        case healthy
    }

    let availability: Availability
    /// The number of requests that the server has not answered.
    let load: Int
    /// The number of sessions that have chosen the server.
    let sessions: Int
    /// The mean answer time, in nanoseconds (approximate).
    let latency: Int64

    /// Returns the index of the best score; nil if none of the servers can be asked.
    ///
    /// The most available server is the best, and of those the one with the least load. If loads are equal, the number
    /// of sessions decides. Otherwise all sessions that begin in a quiet time would choose the same server.
    static func best(of scores: [ReplicaScore]) -> Int? {
        scores.indices.filter { scores[$0].availability != .unavailable }.min { scores[$0].precedes(scores[$1]) }
    }

    private func precedes(_ other: ReplicaScore) -> Bool {
        if availability != other.availability { return availability.rawValue > other.availability.rawValue }
        return (load, sessions, latency) < (other.load, other.sessions, other.latency)
    }
}
