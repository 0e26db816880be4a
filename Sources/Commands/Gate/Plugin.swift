import Wire

/// A named set of commands that a server is started with.
package struct Plugin: Sendable {
    /// The declarations of the commands of each plugin that is built in, including the operator's.
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

    /// Checks that no command has a verb of a built-in plugin, because the proxy could not tell the two commands
    /// apart.
    ///
    /// - Throws: `doubledVerb` for the first such command.
    package func requireOwnVerbs() throws(CommandTableError) {
        let taken = Set(Self.builtIns.flatMap { $0.specs.map(\.verb) })
        for command in commands where taken.contains(command.spec.verb) { throw .doubledVerb(command.spec.name) }
    }
}

/// A command in the registry of a gate.
package final class RegisteredCommand: Sendable {
    package let command: any ServedCommand<Call>
    let spec: CommandSpec
    /// The command's function `answer`, if the command is a `MemoryCommand`.
    let ofMemory: (@Sendable (Call) throws -> Answer)?
    /// Which account the session must act for, in every form except the open one.
    private let need: Identities.Need

    init(_ command: any ServedCommand<Call>, plugin: String) {
        self.command = command
        spec = command.spec.with(plugin: plugin)
        ofMemory = (command as? any MemoryCommand)?.body
        need = spec.needsRecentLogIn ? .recent : spec.access == .user ? .account : .nobody
    }

    /// Returns which account the session must act for to issue the request.
    func need(of request: Request) -> Identities.Need { request.form == spec.openForm ? .nobody : need }
}

/// The table of a server's commands.
package typealias Registry = CommandTable<RegisteredCommand>

extension Registry {
    /// Creates the table of the plugins' commands.
    ///
    /// - Parameter isForOperator: Whether the commands are those of the admin socket.
    package init(_ plugins: [Plugin], isForOperator: Bool = false) throws(CommandTableError) {
        let commands = plugins.flatMap { plugin in
            plugin.commands.map { RegisteredCommand($0, plugin: plugin.name) }
        }
        try self.init(
            commands.map { ($0.spec, $0) }, isForOperator: isForOperator, isPipelined: { $0.ofMemory != nil })
    }
}
