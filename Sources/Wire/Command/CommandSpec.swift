/// Who may give a command.
public enum Access: String, Sendable {
    /// Anybody, logged in or not.
    case anyone
    /// A session that has logged in.
    case user
    /// Whoever reaches the admin socket.
    case `operator`
}

/// What an argument is, which decides how it is read, checked, shown and kept.
package enum ParameterType: String, Sendable {
    /// One word.
    case word
    /// One account name, canonicalised where it enters.
    case name
    /// Account names, separated by commas.
    case names
    /// One word that is never logged, echoed or kept; left out, it is asked for with 334.
    case secret
    /// The rest of the line, a quoted string, a literal, or text; required and left out, it is asked for with 354.
    case message
    /// A message that is a sealed one: there is room for what sealing added.
    case sealed

    package var isMessage: Bool { self == .message || self == .sealed }
}

/// One argument as a command declares it.
public struct ParameterSpec: Hashable, Sendable {
    /// What the argument is called in usage lines and prompts: lower-case words joined by hyphens.
    package let label: String
    /// The key of an option, in upper case; nil for a positional argument.
    package let key: String?
    package let type: ParameterType
    /// Whether the command cannot do without it. A secret or a message may still be left off the line.
    package let isRequired: Bool
    /// The words that it can be, where there are so few that they can be listed; the command checks them.
    package let values: [String]

    /// Whether all of it can be written in a declaration and read again: a label is lower-case letters, digits and hyphens,
    /// a key upper-case ones that begin with a letter, and a value letters, digits and `. _ @ + -`.
    package var canBeDeclared: Bool {
        let isLabel = label.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == UInt8(ascii: "-") }
        let isKey = key.map { Verb($0.utf8) != nil && $0 == $0.uppercased() } ?? true
        return !label.isEmpty && isLabel && isKey
            && values.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { LinkFields.isAtomOctet($0) && $0 != 0x2C } }
    }

    package init(_ label: String, key: String? = nil, type: ParameterType, isRequired: Bool, values: [String] = []) {
        self.label = label
        self.key = key
        self.type = type
        self.isRequired = isRequired
        self.values = values
    }

    /// The label as words.
    var name: String { label.replacing("-", with: " ") }

    /// As a person reads it: `name`, `[password]`, `[TO=name,...]`, `PLAIN|LOGIN`.
    package var usage: String {
        let value = !values.isEmpty ? values.joined(separator: "|") : type == .names ? "\(label),..." : label
        let text = key.map { "\($0)=\(value)" } ?? value
        return isRequired && type != .secret || isRequired && key != nil ? text : "[\(text)]"
    }
}

/// A command as data: all that anybody but its handler needs to know of it.
package final class CommandSpec: Sendable {
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
    /// Whether a server writes it down, and so refuses it while nothing can be. It does not say so on a link.
    package let isAudited: Bool
    /// Whether the session must have logged in by password or key lately. It does not say so on a link.
    package let needsRecentLogIn: Bool
    /// Whether its answer can prove something to somebody, as a token or a code does, so that no plugin's process may
    /// have it. True unless the command is known to be harmless. It does not say so on a link.
    package let yieldsCredential: Bool
    /// One line, without a full stop.
    package let summary: String
    /// One paragraph, on one line.
    package let help: String
    /// Whether every request is confidential, since the common one brings a secret.
    package let isConfidential: Bool
    /// Whether a request may bring a secret.
    package let takesSecret: Bool

    package init(
        verb: Verb, plugin: String, forms: [[ParameterSpec]], access: Access, isRepeatable: Bool,
        result: ResultKind = .plain, isAudited: Bool = true, needsRecentLogIn: Bool = false,
        yieldsCredential: Bool = true, summary: String, help: String
    ) {
        self.verb = verb
        name = verb.description
        self.plugin = plugin
        self.forms = forms.isEmpty ? [[]] : forms
        self.access = access
        self.isRepeatable = isRepeatable
        self.result = result
        self.isAudited = isAudited
        self.needsRecentLogIn = needsRecentLogIn
        self.yieldsCredential = yieldsCredential
        self.summary = Self.paragraph(summary)
        self.help = Self.paragraph(help)
        isConfidential = self.forms[0].contains { $0.type == .secret && $0.isRequired }
        takesSecret = forms.contains { $0.contains { $0.type == .secret } }
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
