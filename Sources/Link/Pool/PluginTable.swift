import Wire

/// The plugins of a pool.
///
/// A request finds its plugin by its route. A route is an index of the table, combined with the number of plugins that
/// had this index before. A request for a plugin that has gone is therefore never taken for one to the plugin that
/// follows it.
struct PluginTable {
    /// The most plugins that a table holds. It is a power of two.
    static let size = 256

    private var plugins: [PoolPlugin] = []
    private var named: [String: PoolPlugin] = [:]

    /// The plugin of that route; nil if it has gone and another plugin has its index.
    subscript(route: Int) -> PoolPlugin? {
        let index = (route - 1) & (Self.size - 1)
        guard index < plugins.count else { return nil }
        let plugin = plugins[index]
        return plugin.route == route ? plugin : nil
    }

    var all: [PoolPlugin] { plugins }

    /// Updates the plugins from what the servers announce, and adds what is wrong with it to `problems`.
    ///
    /// - Returns: the manifest of all commands.
    mutating func update(from replicas: [Replica], _ problems: inout AnnouncementProblems) -> Manifest {
        let (names, offers) = Self.gather(from: replicas, &problems)
        var order: [PoolPlugin] = []
        for name in names {
            if let plugin = plugin(named: name) { order.append(plugin) } else { problems.ignore(name) }
        }
        for plugin in plugins { plugin.take(offers[plugin.name] ?? PluginOffer()) }
        // A plugin that only leaving servers announce is not among the names.
        order += plugins.filter(\.isOrphaned)
        return Self.manifest(of: order, replicas, &problems)
    }

    /// Returns the plugin of that name, which is made if there is none. When the table is full, a new plugin takes the
    /// index of one that no server announces.
    ///
    /// - Returns: nil if the table is full of other plugins that servers announce.
    mutating func plugin(named name: String) -> PoolPlugin? {
        if let known = named[name] { return known }
        let new: PoolPlugin
        if plugins.count < Self.size {
            new = PoolPlugin(name, route: plugins.count + 1)
            plugins.append(new)
        } else {
            guard let index = plugins.firstIndex(where: \.isGone) ?? plugins.firstIndex(where: \.isOrphaned) else {
                return nil
            }
            named[plugins[index].name] = nil
            new = PoolPlugin(name, route: plugins[index].route + Self.size)
            plugins[index] = new
        }
        named[name] = new
        return new
    }

    /// Returns what the servers offer, by plugin, and the plugins' names in the order of the servers that stay.
    private static func gather(
        from replicas: [Replica], _ problems: inout AnnouncementProblems
    ) -> ([String], [String: PluginOffer]) {
        var names: [String] = []
        var offers: [String: PluginOffer] = [:]
        for replica in replicas {
            var own: Set<String> = []
            for spec in replica.upstream.manifest.specs {
                guard own.contains(spec.plugin) || own.count < Pool.mostPlugins else {
                    problems.ignore(spec.plugin)
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

    /// Returns the manifest of the plugins' commands. If two plugins announce one command, the first in `order` gets
    /// it.
    private static func manifest(
        of order: [PoolPlugin], _ replicas: [Replica], _ problems: inout AnnouncementProblems
    ) -> Manifest {
        var new = Manifest()
        var duplicates: Set<Verb> = []
        for plugin in order {
            for spec in plugin.specs {
                let isSessionCommand = SessionCommands.entry(for: spec.verb) != nil
                let entry = Manifest.Entry(spec, route: plugin.route, isPipelined: true, passesBodies: true)
                if !isSessionCommand, new.add(entry) { continue }
                // Several servers may announce the command for the same plugin.
                guard isSessionCommand || new[spec.verb]?.route != plugin.route else { continue }
                if duplicates.insert(spec.verb).inserted { problems.duplicates.append(spec.verb) }
            }
        }
        new.isComplete = replicas.allSatisfy { !$0.isAwaited || $0.isLeaving || $0.upstream.manifest.isComplete }
        return new
    }
}
