/// The reason why a list of commands cannot be served.
package enum CommandTableError: Error, Equatable, CustomStringConvertible {
    case doubledVerb(String)
    case doubledLabel(String)
    case badArgument(String)
    case wrongDoor(String)

    package var description: String {
        switch self {
        case .doubledVerb(let verb): "the command \(verb) is there already"
        case .wrongDoor(let verb): "the command \(verb) is for other callers than this table"
        case .doubledLabel(let verb): "the command \(verb) has two arguments of one name in one form"
        case .badArgument(let verb): "the command \(verb) has an argument whose label, key or values cannot be declared"
        }
    }
}

/// The commands of one kind, with their manifest and an index by verb. A table does not change after its creation.
///
/// A session's own commands, a server's commands, the commands of its plugins and the operator's commands have one
/// table each.
package struct CommandTable<Served: Sendable>: Sendable {
    package let manifest: Manifest
    /// The commands, in the order of their numbers in the manifest (`Manifest.Entry.command`).
    package let commands: [Served]

    /// Makes a table of the given commands.
    ///
    /// - Parameters:
    ///   - list: The commands and their declarations, in the order in which HELP shows them.
    ///   - isForOperator: Whether the table belongs to an admin socket, and contains only the operator's commands.
    ///   - own: The commands whose verbs are already taken.
    ///   - isPipelined: Returns whether a session may run the command beside others (see
    ///     `Manifest.Entry.isPipelined`).
    /// - Throws: the reason why the list cannot be served.
    package init(
        _ list: [(spec: CommandSpec, served: Served)], isForOperator: Bool = false,
        besides own: Manifest = SessionCommands.table.manifest, isPipelined: (Served) -> Bool = { _ in false }
    ) throws(CommandTableError) {
        var manifest = Manifest()
        for (place, (spec, served)) in list.enumerated() {
            guard (spec.access == .operator) == isForOperator else { throw .wrongDoor(spec.name) }
            for form in spec.forms where Set(form.map(\.label)).count != form.count { throw .doubledLabel(spec.name) }
            guard spec.forms.joined().allSatisfy(\.canBeDeclared) else { throw .badArgument(spec.name) }
            let entry = Manifest.Entry(spec, command: place, isPipelined: isPipelined(served))
            guard own[spec.verb] == nil, manifest.add(entry) else { throw .doubledVerb(spec.name) }
        }
        self.manifest = manifest
        commands = list.map(\.served)
    }

    package var specs: [CommandSpec] { manifest.specs }

    package var verbs: Set<Verb> { Set(specs.map(\.verb)) }

    package subscript(verb: Verb) -> Served? { manifest[verb]?.command.map { commands[$0] } }

    /// Returns the command that the request names, or nil if the request has no command number.
    package func command(of request: Request) -> Served? { request.command.map { commands[$0] } }
}
