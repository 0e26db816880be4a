import Wire

/// A session that has chosen between servers: its server for each plugin, its requests under way, and its identity.
///
/// A session never has requests for two plugins under way at once (see `Pipeline`), so all its attempts are at one
/// server. Confined to its event loop.
final class PoolSession {
    let lane: Lane
    /// The server for each plugin. An array, since sites have few plugins.
    private var choices: [(plugin: PoolPlugin, replica: Replica)] = []
    /// Its requests that servers have not answered, in order.
    private(set) var attempts: [PoolAttempt] = []
    /// Its slot among the busy sessions.
    private var slot: Int?
    /// The requests that wait until it can leave its server, in order.
    var held: [HeldRequest] = []
    /// The number of answers that have changed its identity.
    private(set) var changes = 0
    /// Its token since the last of these changes.
    private(set) var token: String?
    private(set) var hasEnded = false

    init(lane: Lane) {
        self.lane = lane
    }

    /// Returns its server for a plugin; nil if none was chosen.
    func replica(for plugin: PoolPlugin) -> Replica? { choices.first { $0.plugin === plugin }?.replica }

    func move(to replica: Replica, for plugin: PoolPlugin) {
        replica.sessions += 1
        if let index = choices.firstIndex(where: { $0.plugin === plugin }) {
            choices[index].replica.sessions -= 1
            choices[index].replica = replica
        } else {
            choices.append((plugin, replica))
        }
    }

    /// Forgets its server for each plugin that the server no longer has.
    func keepReplicas(where isServed: (PoolPlugin, Replica) -> Bool) {
        choices.removeAll { choice in
            if isServed(choice.plugin, choice.replica) { return false }
            choice.replica.sessions -= 1
            return true
        }
    }

    /// Applies an answer's effect to its identity.
    func take(_ effect: Effect?) {
        switch effect {
        case .token(let token): (self.token, changes) = (token, changes + 1)
        case .loggedOut: (token, changes) = (nil, changes + 1)
        case .close, .startTLS, nil: break
        }
    }

    /// `busy`: the sessions with attempts under way.
    func add(_ attempt: PoolAttempt, _ busy: inout SlotMap<PoolSession>) {
        if attempts.isEmpty { slot = busy.add(self) }
        attempts.append(attempt)
    }

    func remove(_ attempt: PoolAttempt, _ busy: inout SlotMap<PoolSession>) {
        guard let index = attempts.firstIndex(where: { $0 === attempt }) else { return }
        attempts.remove(at: index)
        if attempts.isEmpty, let slot = slot.take() { _ = busy.take(slot) }
    }

    /// Ends the session.
    ///
    /// - Returns: the held requests, whose answers nobody waits for any more.
    func end() -> [PoolRequest] {
        hasEnded = true
        keepReplicas { _, _ in false }
        defer { held = [] }
        return held.map(\.request)
    }
}
