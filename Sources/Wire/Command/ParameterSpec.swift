/// What an argument is, which decides how it is read, checked, shown and kept.
public enum ParameterType: String, Sendable {
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
    /// The name of the argument in usage lines and prompts: lower-case words joined by hyphens.
    package let label: String
    /// The key of an option, in upper case; nil for a positional argument.
    package let key: String?
    package let type: ParameterType
    /// Whether the command cannot do without it. A secret or a message may still be left off the line.
    package let isRequired: Bool
    /// The words that it can be, where there are so few that they can be listed; the command checks them.
    package let values: [String]
    /// The refusals of text that is no value of the argument. They are not announced on a link.
    package let failures: [Failure]

    /// Whether all of it can be written in a declaration and read again: a label is lower-case letters, digits and hyphens,
    /// a key upper-case ones that begin with a letter, and a value letters, digits and `. _ @ + -`.
    package var canBeDeclared: Bool {
        let isLabel = label.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == UInt8(ascii: "-") }
        let isKey = key.map { Verb($0.utf8) != nil && $0 == $0.uppercased() } ?? true
        return !label.isEmpty && isLabel && isKey
            && values.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { LinkFields.isAtomOctet($0) && $0 != 0x2C } }
    }

    package init(
        _ label: String, key: String? = nil, type: ParameterType, isRequired: Bool, values: [String] = [],
        failures: [Failure] = []
    ) {
        self.label = label
        self.key = key
        self.type = type
        self.isRequired = isRequired
        self.values = values
        self.failures = failures
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
