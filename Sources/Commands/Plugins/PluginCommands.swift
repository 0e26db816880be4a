import Synchronization
import Wire

/// The commands of a server's plugin processes, as far as they have announced them. They stay when a process ends, so that
/// a client is told to try again; they change when it announces others.
package final class PluginCommands: Sendable {
    private struct State {
        var plugins: [(name: String, commands: [PluginCommand])] = []
        var registry: Registry
    }

    /// The verbs that are not theirs to take: those of every session, and all that some server has of its own.
    private static let reserved = Set(
        SessionCommands.specs.map(\.verb) + Plugin.builtIns.flatMap { $0.specs.map(\.verb) })

    /// The sessions that ask them.
    let lanes = PluginLanes()
    private let state: Mutex<State>

    package init() {
        // No commands are in nobody's way.
        state = Mutex(State(registry: try! Registry([])))
    }

    package var manifest: Manifest { state.withLock { $0.registry.manifest } }

    subscript(verb: Verb) -> RegisteredCommand? { state.withLock { $0.registry[verb] } }

    /// Calls `body` for each session that has ended and has no request under way.
    package func whenSessionEnds(_ body: @escaping @Sendable (Lane) -> Void) { lanes.whenOver(body) }

    /// Takes what a plugin has announced, as far as it was granted.
    ///
    /// - Returns: what is not served, and why.
    package func announced(
        _ specs: [CommandSpec], by grant: PluginGrant, ask: @escaping PluginCommand.Ask
    ) -> [(verb: Verb, reason: String)] {
        var refused: [(verb: Verb, reason: String)] = []
        return state.withLock { state in
            let others = state.plugins.filter { $0.name != grant.plugin }
            var taken = Self.reserved.union(others.flatMap { $0.commands.map(\.spec.verb) })
            var commands: [PluginCommand] = []
            for spec in specs {
                do throws(PluginRefusal) {
                    guard let terms = grant.verbs[spec.verb] else { throw PluginRefusal("it was not granted") }
                    guard taken.insert(spec.verb).inserted else { throw PluginRefusal("the verb is taken") }
                    commands.append(try PluginCommand(spec, terms, ask: ask))
                } catch {
                    refused.append((spec.verb, error.description))
                }
            }
            for verb in grant.verbs.keys where !specs.contains(where: { $0.verb == verb }) {
                refused.append((verb, "it does not announce it"))
            }
            state.plugins = others + [(grant.plugin, commands)]
            state.plugins.sort { $0.name < $1.name }
            let plugins = state.plugins.map { Plugin(name: $0.name, commands: $0.commands) }
            // What a registry refuses was refused above.
            state.registry = try! Registry(plugins)
            return refused
        }
    }
}
