import Wire

/// Why a set of commands cannot be served.
package enum RegistryError: Error, Equatable, CustomStringConvertible {
    case doubledVerb(String)
    case noAccess(String)
    case doubledLabel(String)
    case badArgument(String)
    case wrongDoor(String)

    package var description: String {
        switch self {
        case .doubledVerb(let verb): "the command \(verb) is there already"
        case .noAccess(let verb): "the command \(verb) does not say who may give it"
        case .wrongDoor(let verb): "the command \(verb) is not for whom this registry is"
        case .doubledLabel(let verb): "the command \(verb) has two arguments of one name in one form"
        case .badArgument(let verb): "the command \(verb) has an argument whose label, key or values cannot be declared"
        }
    }
}

/// A command as a gate finds it.
final class RegisteredCommand: Sendable {
    let command: any ServedCommand
    let declaration: Declaration
    /// The command's body, if its data may be in memory.
    let ofMemory: (@Sendable (Call) throws -> Answer)?
    /// Whom the session must act for.
    let need: Identities.Need

    init(_ command: any ServedCommand) {
        self.command = command
        declaration = command.declaration
        ofMemory = (command as? any MemoryCommand)?.body
        need = declaration.needsRecentLogIn ? .recent : declaration.access == .user ? .account : .nobody
    }
}

/// The commands of a server, by verb. It is filled at start-up and does not change.
package struct Registry: Sendable {
    package let manifest: Manifest
    /// Each at the place that its entry in the manifest has.
    private let commands: [RegisteredCommand]

    /// `forOperator`: the commands are those of the admin socket, and for the operator alone.
    ///
    /// - Throws: for a verb that is taken, also by the session itself, for a command that declares no access, and for
    ///   the operator's commands among others.
    package init(_ plugins: [Plugin], forOperator: Bool = false) throws(RegistryError) {
        var manifest = Manifest()
        var commands: [RegisteredCommand] = []
        for plugin in plugins {
            for command in plugin.commands {
                let spec = try CommandSpec(command.declaration, plugin: plugin.name)
                guard (spec.access == .operator) == forOperator else { throw .wrongDoor(spec.verb.description) }
                guard SessionCommands.entry(for: spec.verb) == nil,
                    manifest.add(
                        Manifest.Entry(spec, command: commands.count, isPipelined: command is any MemoryCommand))
                else { throw .doubledVerb(spec.verb.description) }
                commands.append(RegisteredCommand(command))
            }
        }
        self.manifest = manifest
        self.commands = commands
    }

    package var verbs: Set<Verb> { Set(manifest.specs.map(\.verb)) }

    package subscript(verb: Verb) -> (any ServedCommand)? { manifest[verb]?.command.map { commands[$0].command } }

    /// The command that a request is for; nil if it is none of these.
    func command(of request: Request) -> RegisteredCommand? { request.command.map { commands[$0] } }
}

extension CommandSpec {
    convenience init(_ declaration: Declaration, plugin: String) throws(RegistryError) {
        guard let access = declaration.access else { throw .noAccess(declaration.verb.description) }
        for form in declaration.forms where Set(form.map(\.label)).count != form.count {
            throw .doubledLabel(declaration.verb.description)
        }
        guard declaration.forms.allSatisfy({ $0.allSatisfy(\.canBeDeclared) }) else {
            throw .badArgument(declaration.verb.description)
        }
        self.init(
            verb: declaration.verb, plugin: plugin, forms: declaration.forms, access: access,
            isRepeatable: declaration.isRepeatable, result: declaration.result, isAudited: declaration.isAudited,
            needsRecentLogIn: declaration.needsRecentLogIn, yieldsCredential: declaration.yieldsCredential,
            summary: declaration.summary, help: declaration.help)
    }
}
