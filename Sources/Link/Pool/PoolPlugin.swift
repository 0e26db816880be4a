import Wire

/// A plugin that servers have announced, and those servers.
///
/// Confined to its event loop.
final class PoolPlugin {
    let name: String
    /// The route of its commands in the pool's manifest.
    let route: Int
    /// Its commands, as its servers announce them. They may differ while a site is brought to another release: a command
    /// goes to those that know it.
    private(set) var specs: [CommandSpec] = []
    /// Its servers, in order, without those that leave.
    private(set) var replicas: [Replica] = []
    /// Its servers that were taken away and have requests to answer.
    private(set) var leaving: [Replica] = []
    /// The link of the one server that there is; nil if there are others, or none, or if its sessions are to leave it.
    private(set) var only: Upstream?
    /// Whether its last server was taken away: its commands are known, and no server answers them now.
    private(set) var isDeserted = false

    init(_ name: String, route: Int) {
        (self.name, self.route) = (name, route)
    }

    /// Whether no server announces it any more, though none was taken away.
    var isGone: Bool { replicas.isEmpty && !isDeserted }

    /// Whether a request would find a server that is thought to answer.
    var isServed: Bool { replicas.contains(where: \.isHealthy) }

    func has(_ replica: Replica) -> Bool { (replicas + leaving).contains { $0 === replica } }

    /// Takes these for all servers that announce it, and their commands, some of which may be there several times.
    func take(_ offer: PluginOffer) {
        (replicas, leaving) = (offer.staying, offer.leaving)
        let all = replicas + leaving
        only = all.count == 1 && !all[0].isResting ? all[0].upstream : nil
        isDeserted = replicas.isEmpty && (isDeserted || !leaving.isEmpty)
        if !isDeserted { specs = offer.specs }
    }
}

/// The servers that announce one plugin, and the commands that they announce for it.
struct PluginOffer {
    private(set) var staying: [Replica] = []
    private(set) var leaving: [Replica] = []
    private(set) var specs: [CommandSpec] = []

    /// Adds a command. The commands of one server come one after the other.
    mutating func add(_ spec: CommandSpec, of replica: Replica) {
        if replica.isLeaving {
            if leaving.last !== replica { leaving.append(replica) }
        } else {
            if staying.last !== replica { staying.append(replica) }
            specs.append(spec)
        }
    }
}
