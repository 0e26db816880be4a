import Wire

/// A session that has chosen between servers: where it is for each plugin, what is under way, and who it acts for.
///
/// Its requests for two plugins are never under way at once (see `Pipeline`), so all its attempts are at one server.
/// Confined to its event loop.
final class PoolSession {
    let lane: Lane
    /// Few, as sites have few plugins.
    private var places: [(plugin: PoolPlugin, replica: Replica)] = []
    /// Its requests that servers have not answered, in order.
    private(set) var attempts: [PoolAttempt] = []
    /// Its ticket among the busy ones.
    private var ticket: Ticket?
    /// Requests that wait until it can leave its server, in order.
    var held: [HeldRequest] = []
    /// How often an answer has changed who it acts for.
    private(set) var changes = 0
    /// What it acts with since the last of these.
    private(set) var token: String?
    private(set) var hasEnded = false

    init(lane: Lane) {
        self.lane = lane
    }

    /// The server that it is at for a plugin; nil if none was chosen.
    func replica(for plugin: PoolPlugin) -> Replica? { places.first { $0.plugin === plugin }?.replica }

    func move(to replica: Replica, for plugin: PoolPlugin) {
        replica.sessions += 1
        if let index = places.firstIndex(where: { $0.plugin === plugin }) {
            places[index].replica.sessions -= 1
            places[index].replica = replica
        } else {
            places.append((plugin, replica))
        }
    }

    /// Forgets where it was for plugins that its server has no more.
    func keepPlaces(where isGood: (PoolPlugin, Replica) -> Bool) {
        places.removeAll { place in
            if isGood(place.plugin, place.replica) { return false }
            place.replica.sessions -= 1
            return true
        }
    }

    /// Takes what an answer does to the session.
    func take(_ effect: Effect?) {
        switch effect {
        case .token(let token): (self.token, changes) = (token, changes + 1)
        case .loggedOut: (token, changes) = (nil, changes + 1)
        case .close, .startTLS, nil: break
        }
    }

    /// `busy`: the sessions with attempts under way.
    func add(_ attempt: PoolAttempt, _ busy: inout Tickets<PoolSession>) {
        if attempts.isEmpty { ticket = busy.add(self) }
        attempts.append(attempt)
    }

    func remove(_ attempt: PoolAttempt, _ busy: inout Tickets<PoolSession>) {
        guard let index = attempts.firstIndex(where: { $0 === attempt }) else { return }
        attempts.remove(at: index)
        if attempts.isEmpty, let ticket = ticket.take() { _ = busy.take(ticket) }
    }

    /// The session has gone.
    ///
    /// - Returns: the requests that nobody waits for any more.
    func end() -> [PoolRequest] {
        hasEnded = true
        keepPlaces { _, _ in false }
        defer { held = [] }
        return held.map(\.request)
    }
}
