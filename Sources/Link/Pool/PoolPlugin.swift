import Wire

/// A plugin that servers have announced, and those servers.
///
/// Confined to its event loop.
final class PoolPlugin {
    let name: String
    /// The route of its commands in the pool's manifest.
    let route: Int
    /// Its commands, as its servers announce them. Servers may differ while a site is upgraded. A command goes to the
    /// servers that know it.
    private(set) var specs: [CommandSpec] = []
    /// Its servers, in order, without those that leave.
    private(set) var replicas: [Replica] = []
    /// The servers that were removed and still have requests to answer.
    private(set) var leaving: [Replica] = []
    /// The link of its only server; nil if there are several servers, or none, or if the only one drains.
    private(set) var only: Upstream?
    /// Whether its last server was removed. Its commands stay known, and no server answers them now.
    private(set) var isOrphaned = false

    init(_ name: String, route: Int) {
        (self.name, self.route) = (name, route)
    }

    /// Whether no server announces it any more, although none was removed.
    var isGone: Bool { replicas.isEmpty && !isOrphaned }

    /// Whether it has a healthy server.
    var isServed: Bool { replicas.contains(where: \.isHealthy) }

    func has(_ replica: Replica) -> Bool { (replicas + leaving).contains { $0 === replica } }

    /// Replaces its servers and its commands. A command may be in the offer several times.
    func take(_ offer: PluginOffer) {
        (replicas, leaving) = (offer.staying, offer.leaving)
        let all = replicas + leaving
        only = all.count == 1 && !all[0].isDraining ? all[0].upstream : nil
        isOrphaned = replicas.isEmpty && (isOrphaned || !leaving.isEmpty)
        if !isOrphaned { specs = offer.specs }
    }

    // MARK: - The choice of a server

    /// Returns the server for the session's next request, and makes it the session's server.
    ///
    /// - Returns: nil if no server can be asked, or if requests under way keep the session at a server that does not
    ///   know the command.
    func assignReplica(for verb: Verb, to session: PoolSession) -> Replica? {
        let known = session.replica(for: self)
        let current = currentReplica(of: session)
        if let current {
            let isKept = current.upstream.isWaiting(in: session.lane)
            if isKept || current.score(for: verb).availability == .healthy {
                if known == nil { session.move(to: current, for: self) }
                return current.answers(verb) ? current : nil
            }
        }
        let scores = replicas.map { $0.score(for: verb) }
        guard let best = ReplicaScore.best(of: scores) else {
            return ([current].compactMap(\.self) + replicas).first { !$0.isDraining }
        }
        // The session stays if the best server is not more available than its own.
        if let known, scores[best].availability == known.score(for: verb).availability { return known }
        session.move(to: replicas[best], for: self)
        return replicas[best]
    }

    /// Returns the server that the session uses for this plugin; nil if the session has sent no request for it.
    func currentReplica(of session: PoolSession) -> Replica? {
        if let known = session.replica(for: self) { return known }
        // While the plugin had one server, no choice was recorded.
        return (replicas + leaving).first { $0.upstream.isWaiting(in: session.lane) }
            ?? replicas.first { !$0.isDraining && $0.upstream.knows(session.lane) }
    }

    /// Returns the best of the healthy servers that know all of these commands; nil if there is none but `replica`.
    func healthiest(but replica: Replica, for verbs: [Verb]) -> Replica? {
        let others = replicas.filter { other in other !== replica && verbs.allSatisfy(other.answers) }
        let scores = others.map { $0.score(for: verbs[0]) }
        guard let best = ReplicaScore.best(of: scores), scores[best].availability == .healthy else { return nil }
        return others[best]
    }
}
