import Wire

/// Who answers what.
extension Pool {
    /// Plugins that one server may announce.
    static let mostPlugins = 32

    /// The plugins that are announced, and whether a request would find a server for each.
    package var announced: [(name: String, isServed: Bool)] {
        plugins.all.filter { !$0.isGone }.map { ($0.name, $0.isServed) }
    }

    /// The awaited servers that have not said what they answer.
    package var unheard: [Endpoint] {
        replicas.filter { $0.isAwaited && !$0.isLeaving && !$0.upstream.manifest.isComplete }.map(\.endpoint)
    }

    /// Gathers who answers what, after a server has announced itself, or was added, taken away or given rest.
    func refresh() {
        var new = AnnouncementComplaint()
        let (names, offers) = gather(&new)
        var order: [PoolPlugin] = []
        for name in names {
            if let plugin = plugins.plugin(named: name) { order.append(plugin) } else { new.ignore(name) }
        }
        for plugin in plugins.all { plugin.take(offers[plugin.name] ?? PluginOffer()) }
        // A name that only servers announce that leave is not among those in order.
        order += plugins.all.filter(\.isDeserted)
        list(order, &new)
        for session in sessions.values { session.keepPlaces { plugin, replica in plugin.has(replica) } }
        if new != complaint { new.log(to: logger) }
        complaint = new
    }

    /// What the servers offer, by plugin, and the plugins in the order of the servers that stay.
    private func gather(_ complaint: inout AnnouncementComplaint) -> ([String], [String: PluginOffer]) {
        var names: [String] = []
        var offers: [String: PluginOffer] = [:]
        for replica in replicas {
            var own: Set<String> = []
            for spec in replica.upstream.manifest.specs {
                guard own.contains(spec.plugin) || own.count < Self.mostPlugins else {
                    complaint.ignore(spec.plugin)
                    continue
                }
                if own.insert(spec.plugin).inserted, !replica.isLeaving, offers[spec.plugin]?.staying.isEmpty ?? true {
                    names.append(spec.plugin)
                }
                offers[spec.plugin, default: PluginOffer()].add(spec, of: replica)
            }
        }
        return (names, offers)
    }

    /// Lists the commands of the plugins. Of two plugins that have one command, the first here has it.
    private func list(_ order: [PoolPlugin], _ complaint: inout AnnouncementComplaint) {
        var new = Manifest()
        var doubled: Set<Verb> = []
        for plugin in order {
            for spec in plugin.specs {
                let isOwn = SessionCommands.entry(for: spec.verb) != nil
                let entry = Manifest.Entry(spec, route: plugin.route, isPipelined: true, passesBodies: true)
                if !isOwn, new.add(entry) { continue }
                // Several servers may announce it for this plugin.
                guard isOwn || new[spec.verb]?.route != plugin.route else { continue }
                if doubled.insert(spec.verb).inserted { complaint.doubled.append(spec.verb) }
            }
        }
        new.isComplete = replicas.allSatisfy { !$0.isAwaited || $0.isLeaving || $0.upstream.manifest.isComplete }
        manifest = new
    }
}
