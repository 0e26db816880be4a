import Wire

/// What the gate knows of a command: its declaration, from which everything but its work is derived, and its work.
public protocol ServedCommand: Sendable {
    /// What it is; the same at each call.
    var declaration: Declaration { get }

    /// Does what the command is for. Arguments are complete and of their types; whoever may not give the command does
    /// not get here.
    ///
    /// - Throws: one of the declaration's failures; or an error of the store or of sealing, for which there is one
    ///   reply for all commands.
    func run(_ call: Call) async throws -> Answer
}

/// A command that is a part of the program, as its type declares it.
///
/// ```swift
/// struct Greet: Command {
///     private static let name = Parameter.name("name")
///
///     static let declaration = Declaration(
///         "GREET", [name.spec], access: .anyone, isRepeatable: true,
///         summary: "Greet somebody", help: "The answer is a greeting.")
///
///     func run(_ call: Call) async throws -> Answer {
///         Answer(.done("Hello, \(try call.value(Self.name))"))
///     }
/// }
/// ```
///
/// `run` is called on the event loop that read the request: it must not block, and must not compute for long.
public protocol Command: ServedCommand {
    /// What every value of the type declares.
    static var declaration: Declaration { get }
}

extension Command {
    /// What the type declares.
    public var declaration: Declaration { Self.declaration }
}

/// What a command declares.
public struct Declaration: Sendable {
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
    /// Whether it changes nothing that is kept, so that it is run as long as its record can be kept in memory, where the
    /// disk of the audit log is full.
    package let isReading: Bool
    /// Whether the session must have logged in by password or key within the last 10 minutes.
    package let needsRecentLogIn: Bool
    /// Whether its answer can prove something to somebody, as a token or a code does.
    package let yieldsCredential: Bool

    /// - Parameters:
    ///   - verb: 1 to 16 of `A-Z 0-9 -`, the first a letter. One that is built in cannot be taken.
    ///   - forms: The ways to call it, each the arguments in their order, the common way first; none for a command
    ///     without arguments. Labels differ within a form.
    ///   - access: Who may give it. A command that leaves it open is not served.
    ///   - isRepeatable: Whether giving it twice does no more than giving it once, so that it may be repeated after a
    ///     lost reply.
    ///   - result: What the body of its answer is.
    ///   - failures: The refusals that it throws, beside those that any command may meet.
    ///   - isAudited: Whether it is written down, and so is refused while nothing can be.
    ///   - isReading: Whether it changes nothing that is kept, and so is answered while the disk of the audit log is full.
    ///   - needsRecentLogIn: Whether the session must have logged in, by password or key, within the last 10 minutes. A
    ///     log-in by token does not count.
    ///   - yieldsCredential: Whether its answer can prove something to somebody, as a token or a code does. No plugin's
    ///     process may give such a command; one that leaves it open counts as such.
    ///   - summary: One line, without a full stop.
    ///   - help: One paragraph.
    public init(
        _ verb: Verb, _ forms: [ParameterSpec]..., access: Access?, isRepeatable: Bool,
        result: ResultKind = .plain, failures: [Failure] = [], isAudited: Bool = true, isReading: Bool = false,
        needsRecentLogIn: Bool = false, yieldsCredential: Bool = true, summary: String, help: String
    ) {
        self.init(
            verb, forms: forms, access: access, isRepeatable: isRepeatable, result: result, failures: failures,
            isAudited: isAudited, isReading: isReading, needsRecentLogIn: needsRecentLogIn,
            yieldsCredential: yieldsCredential, summary: summary, help: help)
    }

    init(
        _ verb: Verb, forms: [[ParameterSpec]], access: Access?, isRepeatable: Bool, result: ResultKind = .plain,
        failures: [Failure] = [], isAudited: Bool = true, isReading: Bool = false, needsRecentLogIn: Bool = false,
        yieldsCredential: Bool = true, summary: String, help: String
    ) {
        self.verb = verb
        self.access = access
        self.isRepeatable = isRepeatable
        self.result = result
        self.summary = summary
        self.help = help
        self.forms = forms.isEmpty ? [[]] : forms
        self.failures = needsRecentLogIn ? failures + [.logInAgain] : failures
        self.isAudited = isAudited
        self.needsRecentLogIn = needsRecentLogIn
        self.yieldsCredential = yieldsCredential
        self.isReading = isReading
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

extension Plugin {
    /// - Throws: for a verb that some server has of its own, as the proxy could not tell whose is meant.
    package func requireOwnVerbs() throws(RegistryError) {
        let taken = Set(Self.builtIns.flatMap { $0.declarations.map(\.verb) })
        for command in commands where taken.contains(command.declaration.verb) {
            throw .doubledVerb(command.declaration.verb.description)
        }
    }
}
