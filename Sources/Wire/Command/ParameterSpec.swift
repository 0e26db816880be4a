/// The type of an argument. It decides how the argument is read, checked, shown and kept.
public enum ParameterType: String, Sendable {
    /// One word.
    case word
    /// One account name, converted to its canonical spelling when the request is read.
    case name
    /// Account names that are separated by commas.
    case names
    /// One word that is never logged, echoed or kept. If it is required and missing, the session asks for it with
    /// 334.
    case secret
    /// A message: the rest of the line, a quoted string, a literal or text. If it is required and missing, the
    /// session asks for it with 354.
    case message
    /// A sealed message. Its limit is higher, because sealing makes a message longer.
    case sealed

    package var isMessage: Bool { self == .message || self == .sealed }
}

/// The declaration of one argument.
public struct ParameterSpec: Hashable, Sendable {
    /// The name of the argument in usage lines and prompts: lower-case words that are joined by hyphens.
    package let label: String
    /// The key of an option, in upper case, or nil for a positional argument.
    package let key: String?
    package let type: ParameterType
    /// Whether the command needs the argument. The client may still omit a secret or a message from the line, because
    /// the session then asks for it.
    package let isRequired: Bool
    /// The values that the argument can have, if they are few enough to list. The command itself checks the value.
    package let values: [String]
    /// The refusals of text that is not a value of the argument. A link does not announce them.
    package let failures: [Failure]

    /// Whether the argument can be written in a declaration and read back. A label consists of lower-case letters,
    /// digits and hyphens. A key has the form of a verb, in upper case. A value consists of letters, digits and `. _
    /// @ + -`.
    package var canBeDeclared: Bool {
        let isLabel = label.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == UInt8(ascii: "-") }
        let isKey = key.map { Verb($0.utf8) != nil && $0 == $0.uppercased() } ?? true
        return !label.isEmpty && isLabel && isKey
            && values.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { LinkFields.isAtomByte($0) && $0 != 0x2C } }
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

    /// The label with spaces instead of hyphens.
    var name: String { label.replacing("-", with: " ") }

    /// The argument as usage lines show it, such as `name`, `[password]`, `[TO=name,...]` or `PLAIN|LOGIN`.
    package var usage: String {
        let value = !values.isEmpty ? values.joined(separator: "|") : type == .names ? "\(label),..." : label
        let text = key.map { "\($0)=\(value)" } ?? value
        return isRequired && type != .secret || isRequired && key != nil ? text : "[\(text)]"
    }
}
