import Wire

/// The servers that announce one plugin, and the commands that they announce for it.
struct PluginOffer {
    private(set) var staying: [Replica] = []
    private(set) var leaving: [Replica] = []
    private(set) var specs: [CommandSpec] = []

    /// Adds a command. The caller adds all commands of one server before those of the next.
    mutating func add(_ spec: CommandSpec, of replica: Replica) {
        if replica.isLeaving {
            if leaving.last !== replica { leaving.append(replica) }
        } else {
            if staying.last !== replica { staying.append(replica) }
            specs.append(spec)
        }
    }
}
