import Wire

/// A set of commands that a server is started with.
package struct Plugin: Sendable {
    /// What the program itself can be started with, and the operator's: what each plugin's commands declare.
    package static let builtIns: [(plugin: String, specs: [CommandSpec])] = [
        ("keys", KeysPlugin.commands.map { $0.spec }), ("auth", AuthPlugin.commands.map { $0.spec }),
        ("admin", AdminPlugin.commands.map { $0.spec }),
    ]

    package let name: String
    package let commands: [any ServedCommand<Call>]

    package init(name: String, commands: [any ServedCommand<Call>]) {
        self.name = name
        self.commands = commands
    }

    /// - Throws: for a verb that some server has of its own, as the proxy could not tell whose is meant.
    package func requireOwnVerbs() throws(CommandTableError) {
        let taken = Set(Self.builtIns.flatMap { $0.specs.map(\.verb) })
        for command in commands where taken.contains(command.spec.verb) { throw .doubledVerb(command.spec.name) }
    }
}

/// A command as a gate finds it.
package final class RegisteredCommand: Sendable {
    package let command: any ServedCommand<Call>
    let spec: CommandSpec
    /// The command's body, if its data may be in memory.
    let ofMemory: (@Sendable (Call) throws -> Answer)?
    /// Whom the session must act for.
    let need: Identities.Need

    init(_ command: any ServedCommand<Call>, plugin: String) {
        self.command = command
        spec = command.spec.with(plugin: plugin)
        ofMemory = (command as? any MemoryCommand)?.body
        need = spec.needsRecentLogIn ? .recent : spec.access == .user ? .account : .nobody
    }
}

/// The commands of a server.
package typealias Registry = CommandTable<RegisteredCommand>

extension Registry {
    /// - Parameter isForOperator: Whether the commands are those of the admin socket.
    package init(_ plugins: [Plugin], isForOperator: Bool = false) throws(CommandTableError) {
        let commands = plugins.flatMap { plugin in
            plugin.commands.map { RegisteredCommand($0, plugin: plugin.name) }
        }
        try self.init(
            commands.map { ($0.spec, $0) }, isForOperator: isForOperator, isPipelined: { $0.ofMemory != nil })
    }
}
