/// The group of callers that may issue a command.
public enum Access: String, Sendable {
    /// Every session may issue the command, logged in or not.
    case anyone
    /// Only a session that has logged in may issue the command.
    case user
    /// Only a client of the admin socket may issue the command.
    case `operator`
}

/// The declaration of one command, which belongs to a session, a server, the operator or a plugin.
///
/// The program derives everything else from it: dispatch, the checks of arguments, usage, HELP, routing, audit,
/// metrics, completion and the manual.
public final class CommandSpec: Sendable {
    package let verb: Verb
    /// The verb as text.
    package let name: String
    /// The name of the plugin that hosts the command, such as `keys` or `auth`. It is empty for a session's own
    /// commands.
    package let plugin: String
    /// The ways to call the command. The first is the most common one. A request uses the first form that has all the
    /// options in the request.
    package let forms: [[ParameterSpec]]
    /// The callers that may issue the command in every form except the open one.
    package let access: Access
    /// The index of the form that anyone may issue, because its arguments prove whom the caller acts for. It is nil if
    /// there is no such form.
    package let openForm: Int?
    /// Whether a second run has no further effect. If it has none, a client may repeat the command after a lost
    /// reply.
    package let isRepeatable: Bool
    package let result: ResultKind
    /// A description in one line, without a full stop.
    package let summary: String
    /// A description in one paragraph, on one line.
    package let help: String

    // A link does not carry the following properties: only the server that runs the command needs them.

    /// The refusals that the command itself declares, including those of its arguments.
    package let failures: [Failure]
    /// Whether a server records the command in the audit log. If it does, the server refuses the command while it
    /// cannot write the log.
    package let isAudited: Bool
    /// Whether the command changes no stored data. While the disk of the audit log is full, the server still runs
    /// such a command, as long as it can keep the audit record in memory.
    package let isReading: Bool
    /// Whether the session must have logged in by password or key within the last 10 minutes.
    package let needsRecentLogIn: Bool
    /// Whether the answer contains a credential, such as a token or a code. A process of a plugin may not issue such
    /// a command. The value is true unless the answer is known to be harmless.
    package let yieldsCredential: Bool

    // The following properties are derived from the others.

    /// Whether every request is confidential. This holds if the first form requires a secret.
    package let isConfidential: Bool
    /// Whether a request may contain a secret.
    package let takesSecret: Bool

    /// Declares a built-in command.
    ///
    /// - Parameters:
    ///   - verb: 1 to 16 characters of `A-Z 0-9 -`, beginning with a letter. The verb of another built-in command is
    ///     not
    ///     available.
    ///   - forms: The ways to call the command, each as the list of its arguments in their order. The most common
    ///     form comes
    ///     first. A command without arguments has no forms. The labels within a form must differ.
    ///   - access: The callers that may issue the command.
    ///   - openForm: The index of the form that anyone may issue all the same; nil if there is none. The form needs an
    ///     option.
    ///   - isRepeatable: Whether a second run has no further effect, which allows a repetition after a lost reply.
    ///   - result: The kind of body that the answer has.
    ///   - failures: The refusals that the command throws. Those of its arguments, and those that any command may
    ///     throw, are
    ///     not listed here.
    ///   - isAudited: Whether a server records the command in the audit log, and refuses it while it cannot write the
    ///     log.
    ///   - isReading: Whether the command changes no stored data, which allows the server to run it while the disk of
    ///     the audit
    ///     log is full.
    ///   - needsRecentLogIn: Whether the session must have logged in by password or key within the last 10 minutes. A
    ///     log-in
    ///     by token does not count.
    ///   - yieldsCredential: Whether the answer contains a credential, such as a token or a code. A process of a
    ///     plugin may
    ///     not issue such a command. The default is true.
    ///   - summary: A description in one line, without a full stop.
    ///   - help: A description in one paragraph.
    public convenience init(
        _ verb: Verb, _ forms: [ParameterSpec]..., access: Access, openForm: Int? = nil, isRepeatable: Bool,
        result: ResultKind = .plain, failures: [Failure] = [], isAudited: Bool = true, isReading: Bool = false,
        needsRecentLogIn: Bool = false, yieldsCredential: Bool = true, summary: String, help: String
    ) {
        self.init(
            verb: verb, plugin: "", forms: forms, access: access, openForm: openForm, isRepeatable: isRepeatable,
            result: result,
            failures: failures, isAudited: isAudited, isReading: isReading, needsRecentLogIn: needsRecentLogIn,
            yieldsCredential: yieldsCredential, summary: summary, help: help)
    }

    package init(
        verb: Verb, plugin: String, forms: [[ParameterSpec]], access: Access, openForm: Int? = nil,
        isRepeatable: Bool, result: ResultKind = .plain, failures: [Failure] = [], isAudited: Bool = true,
        isReading: Bool = false,
        needsRecentLogIn: Bool = false, yieldsCredential: Bool = true, summary: String, help: String
    ) {
        self.verb = verb
        name = verb.description
        self.plugin = plugin
        self.forms = forms.isEmpty ? [[]] : forms
        self.access = access
        self.openForm = openForm
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

    /// Returns a copy of the declaration with the given properties changed. With a new access, no form is open.
    package func with(plugin: String? = nil, access: Access? = nil, isRepeatable: Bool? = nil) -> CommandSpec {
        CommandSpec(
            verb: verb, plugin: plugin ?? self.plugin, forms: forms, access: access ?? self.access,
            openForm: access == nil ? openForm : nil, isRepeatable: isRepeatable ?? self.isRepeatable, result: result,
            failures: failures,
            isAudited: isAudited,
            isReading: isReading, needsRecentLogIn: needsRecentLogIn, yieldsCredential: yieldsCredential,
            summary: summary, help: help)
    }

    /// Returns the text on one line. Characters that could end the line or control a terminal become `?`.
    private static func paragraph(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\n" || $0 == "\t" ? " " : $0.printable }))
    }

    /// The synopsis, such as `VERIFY signature [message] | VERIFY TOKEN=token`.
    package var usage: String {
        forms.map { form in ([verb.description] + form.map(\.usage)).joined(separator: " ") }
            .joined(separator: " | ")
    }

    /// Returns the callers that may issue the command in a form.
    package func access(ofForm form: Int) -> Access { form == openForm ? .anyone : access }

    /// The required options of the open form, such as `CODE=`; none if there is no such form.
    package var openOptions: [String] {
        guard let openForm else { return [] }
        return forms[openForm].filter(\.isRequired).compactMap { $0.key.map { "\($0)=" } }
    }

    /// Whether a request may contain a sealed message. The limits allow such a request more room.
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
