/// Who may give a command.
public enum Access: String, Sendable {
    /// Anybody, logged in or not.
    case anyone
    /// A session that has logged in.
    case user
    /// Whoever reaches the admin socket.
    case `operator`
}

/// The declaration of a command: a session's own, a server's, the operator's, or a plugin's.
///
/// Dispatch, checks of arguments, usage, HELP, routing, audit, metrics, completion and the manual are made from it.
public final class CommandSpec: Sendable {
    package let verb: Verb
    /// The verb as text.
    package let name: String
    /// The plugin that hosts it, `keys` or `auth` say; empty for the session's own commands.
    package let plugin: String
    /// The ways to call it. The first is the common one; a request takes the first that has all options it gives.
    package let forms: [[ParameterSpec]]
    package let access: Access
    /// Whether giving it twice does no more than giving it once, so that a client may repeat it after a lost reply.
    package let isRepeatable: Bool
    package let result: ResultKind
    /// One line, without a full stop.
    package let summary: String
    /// One paragraph, on one line.
    package let help: String

    // A link does not carry the following properties: only the server that runs the command needs them.

    /// The refusals that are its own, those of its arguments among them.
    package let failures: [Failure]
    /// Whether a server writes it down, and so refuses it while nothing can be.
    package let isAudited: Bool
    /// Whether it changes nothing that is kept, so that it is run as long as its record can be kept in memory, where the
    /// disk of the audit log is full.
    package let isReading: Bool
    /// Whether the session must have logged in by password or key within the last 10 minutes.
    package let needsRecentLogIn: Bool
    /// Whether its answer can prove something to somebody, as a token or a code does, so that no plugin's process may
    /// have it. True unless the command is known to be harmless.
    package let yieldsCredential: Bool

    // The following properties are derived from the others.

    /// Whether every request is confidential, since the common one brings a secret.
    package let isConfidential: Bool
    /// Whether a request may bring a secret.
    package let takesSecret: Bool

    /// Declares a command that is a part of the program.
    ///
    /// - Parameters:
    ///   - verb: 1 to 16 of `A-Z 0-9 -`, the first a letter. A verb that is built in cannot be taken.
    ///   - forms: The ways to call it, each the arguments in their order, the common way first; none for a command
    ///     without arguments. Labels differ within a form.
    ///   - access: Who may give it.
    ///   - isRepeatable: Whether giving it twice does no more than giving it once, so that it may be repeated after a
    ///     lost reply.
    ///   - result: The kind of the body of its answer.
    ///   - failures: The refusals that it throws, beside those of its arguments and those that any command may meet.
    ///   - isAudited: Whether it is written down, and so is refused while nothing can be.
    ///   - isReading: Whether it changes nothing that is kept, and so is answered while the disk of the audit log is full.
    ///   - needsRecentLogIn: Whether the session must have logged in, by password or key, within the last 10 minutes. A
    ///     log-in by token does not count.
    ///   - yieldsCredential: Whether its answer can prove something to somebody, as a token or a code does. No plugin's
    ///     process may give such a command; one that leaves it open counts as such.
    ///   - summary: One line, without a full stop.
    ///   - help: One paragraph.
    public convenience init(
        _ verb: Verb, _ forms: [ParameterSpec]..., access: Access, isRepeatable: Bool,
        result: ResultKind = .plain, failures: [Failure] = [], isAudited: Bool = true, isReading: Bool = false,
        needsRecentLogIn: Bool = false, yieldsCredential: Bool = true, summary: String, help: String
    ) {
        self.init(
            verb: verb, plugin: "", forms: forms, access: access, isRepeatable: isRepeatable, result: result,
            failures: failures, isAudited: isAudited, isReading: isReading, needsRecentLogIn: needsRecentLogIn,
            yieldsCredential: yieldsCredential, summary: summary, help: help)
    }

    package init(
        verb: Verb, plugin: String, forms: [[ParameterSpec]], access: Access, isRepeatable: Bool,
        result: ResultKind = .plain, failures: [Failure] = [], isAudited: Bool = true, isReading: Bool = false,
        needsRecentLogIn: Bool = false, yieldsCredential: Bool = true, summary: String, help: String
    ) {
        self.verb = verb
        name = verb.description
        self.plugin = plugin
        self.forms = forms.isEmpty ? [[]] : forms
        self.access = access
        self.isRepeatable = isRepeatable
        self.result = result
        self.summary = Self.paragraph(summary)
        self.help = Self.paragraph(help)
        let others = self.forms.joined().flatMap(\.failures) + (needsRecentLogIn ? [.logInAgain] : [])
        self.failures = others.reduce(into: failures) { if !$0.contains($1) { $0.append($1) } }
        self.isAudited = isAudited
        self.isReading = isReading
        self.needsRecentLogIn = needsRecentLogIn
        self.yieldsCredential = yieldsCredential
        isConfidential = self.forms[0].contains { $0.type == .secret && $0.isRequired }
        takesSecret = forms.contains { $0.contains { $0.type == .secret } }
    }

    /// Returns the same declaration, with the given differences.
    package func with(plugin: String? = nil, access: Access? = nil, isRepeatable: Bool? = nil) -> CommandSpec {
        CommandSpec(
            verb: verb, plugin: plugin ?? self.plugin, forms: forms, access: access ?? self.access,
            isRepeatable: isRepeatable ?? self.isRepeatable, result: result, failures: failures, isAudited: isAudited,
            isReading: isReading, needsRecentLogIn: needsRecentLogIn, yieldsCredential: yieldsCredential,
            summary: summary, help: help)
    }

    /// The text on one line, with `?` for characters that could end it or reach a terminal.
    private static func paragraph(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\n" || $0 == "\t" ? " " : $0.shown }))
    }

    /// The synopsis: `VERIFY signature [message] | VERIFY TOKEN=token`.
    package var usage: String {
        forms.map { form in ([verb.description] + form.map(\.usage)).joined(separator: " ") }
            .joined(separator: " | ")
    }

    /// Whether a request may hold a sealed message, for which there is extra room.
    package var takesSealed: Bool {
        forms.contains { $0.contains { $0.type == .sealed } }
    }

    func declares(option key: String) -> Bool {
        forms.contains { $0.contains { $0.key == key } }
    }
}

extension Failure {
    package static let logInAgain = Failure(
        530, "5.7.0", "Log in again with your password or key; this takes a recent log-in")
}
