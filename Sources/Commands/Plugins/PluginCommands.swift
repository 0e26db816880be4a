import Synchronization
import Wire

/// The commands that a server's plugin processes have announced. They are kept when a process ends, so that clients
/// are told to try again. They change when the process announces others.
package final class PluginCommands: Sendable {
    private struct State {
        var plugins: [(name: String, commands: [PluginCommand])] = []
        var registry: Registry
    }

    /// The verbs that plugin processes cannot take: those of every session, and those of the built-in plugins.
    private static let reserved = Set(
        SessionCommands.specs.map(\.verb) + Plugin.builtIns.flatMap { $0.specs.map(\.verb) })

    /// The sessions that use these commands.
    let lanes = PluginLanes()
    private let state: Mutex<State>

    package init() {
        // Creating an empty registry cannot fail.
        state = Mutex(State(registry: try! Registry([])))
    }

    package var manifest: Manifest { state.withLock { $0.registry.manifest } }

    subscript(verb: Verb) -> RegisteredCommand? { state.withLock { $0.registry[verb] } }

    /// Calls `body` for each session that has ended and has no running requests.
    package func whenSessionEnds(_ body: @escaping @Sendable (Lane) -> Void) { lanes.whenOver(body) }

    /// Registers the commands that a plugin has announced, if the operator granted them.
    ///
    /// - Returns: The verbs that are not served, and the reasons.
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
                refused.append((verb, "the plugin does not announce it"))
            }
            state.plugins = others + [(grant.plugin, commands)]
            state.plugins.sort { $0.name < $1.name }
            let plugins = state.plugins.map { Plugin(name: $0.name, commands: $0.commands) }
            // The checks above already refused every command that the registry would refuse.
            state.registry = try! Registry(plugins)
            return refused
        }
    }
}
