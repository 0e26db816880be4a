/// The plugins of a pool. A request finds its plugin by its route, which is a place in the table and how often another
/// plugin had that place before; so a request for a plugin that has gone is never taken for one for its successor.
struct PluginTable {
    /// Plugins at most. It is a power of two.
    static let size = 256

    private var plugins: [PoolPlugin] = []
    private var named: [String: PoolPlugin] = [:]

    /// The plugin of that route; nil if it has gone and another one has its place.
    subscript(route: Int) -> PoolPlugin? {
        let place = (route - 1) & (Self.size - 1)
        guard place < plugins.count else { return nil }
        let plugin = plugins[place]
        return plugin.route == route ? plugin : nil
    }

    var all: [PoolPlugin] { plugins }

    /// The plugin of that name. If there is none it is made, at the place of one that no server announces if all places
    /// are taken.
    ///
    /// - Returns: nil if servers announce as many other plugins as there are places.
    mutating func plugin(named name: String) -> PoolPlugin? {
        if let known = named[name] { return known }
        let new: PoolPlugin
        if plugins.count < Self.size {
            new = PoolPlugin(name, route: plugins.count + 1)
            plugins.append(new)
        } else {
            guard let place = plugins.firstIndex(where: \.isGone) ?? plugins.firstIndex(where: \.isDeserted) else {
                return nil
            }
            named[plugins[place].name] = nil
            new = PoolPlugin(name, route: plugins[place].route + Self.size)
            plugins[place] = new
        }
        named[name] = new
        return new
    }
}
