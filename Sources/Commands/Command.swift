import Wire

/// What the gate knows of a command: its declaration, from which everything but its work is derived, and its work.
package protocol ServedCommand: Sendable {
    var declaration: Declaration { get }

    /// Does what the command is for. Arguments are complete and of their types; whoever may not give the command does
    /// not get here.
    ///
    /// - Throws: one of the declaration's failures; or an error of the store or of sealing, for which there is one
    ///   reply for all commands.
    func run(_ call: Call) async throws -> Answer
}

/// A command that is a part of the program, as its type declares it.
package protocol Command: ServedCommand {
    static var declaration: Declaration { get }
}

extension Command {
    package var declaration: Declaration { Self.declaration }
}

/// What a command declares.
package struct Declaration: Sendable {
    package let verb: Verb
    /// Who may give it. There is no default: a command that leaves it open is not registered.
    package let access: Access?
    /// Whether giving it twice does no more than giving it once.
    package let isRepeatable: Bool
    package let result: ResultKind
    /// One line, without a full stop.
    package let summary: String
    /// One paragraph.
    package let help: String
    /// The ways to call it, the common one first.
    package let forms: [[ParameterSpec]]
    /// The refusals that are its own.
    package let failures: [Failure]
    /// Whether it is written down, and so is refused while nothing can be.
    package let isAudited: Bool

    package init(
        _ verb: Verb, _ forms: [ParameterSpec]..., access: Access?, isRepeatable: Bool,
        result: ResultKind = .plain, failures: [Failure] = [], isAudited: Bool = true, summary: String, help: String
    ) {
        self.init(
            verb, forms: forms, access: access, isRepeatable: isRepeatable, result: result, failures: failures,
            isAudited: isAudited, summary: summary, help: help)
    }

    init(
        _ verb: Verb, forms: [[ParameterSpec]], access: Access?, isRepeatable: Bool, result: ResultKind = .plain,
        failures: [Failure] = [], isAudited: Bool = true, summary: String, help: String
    ) {
        self.verb = verb
        self.access = access
        self.isRepeatable = isRepeatable
        self.result = result
        self.summary = summary
        self.help = help
        self.forms = forms.isEmpty ? [[]] : forms
        self.failures = failures
        self.isAudited = isAudited
    }
}

/// A set of commands that a server is started with.
package struct Plugin: Sendable {
    /// What the program itself can be started with, and the operator's: what each plugin's commands declare.
    package static let builtIns: [(plugin: String, declarations: [Declaration])] = [
        ("keys", KeysPlugin.commands.map { $0.declaration }), ("auth", AuthPlugin.commands.map { $0.declaration }),
        ("admin", AdminPlugin.commands.map { $0.declaration }),
    ]

    package let name: String
    package let commands: [any ServedCommand]

    package init(name: String, commands: [any ServedCommand]) {
        self.name = name
        self.commands = commands
    }
}
