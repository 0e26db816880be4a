import NIOCore
import Wire

/// The encoder of a request from separate words. Each word is sent as it is if possible, else quoted, else as a
/// literal.
struct RequestEncoder {
    /// The greatest length of a line before the log-in, in bytes. A word that would exceed it is sent as a literal.
    static let maximumLength = 1000

    /// The request with its literals, without its line end.
    private(set) var bytes = ByteBuffer()
    /// The index of the form that the options select.
    private(set) var form = 0
    /// The required arguments that the words do not give.
    private(set) var missing: [ParameterSpec] = []
    /// The length of the line without its literals, in bytes.
    private var lineLength = 0

    /// - Parameters:
    ///   - words: the verb and its arguments.
    ///   - spec: the declaration of the verb. Without one, each word is an argument of its own.
    init(_ words: [[UInt8]], for spec: CommandSpec?) {
        var words = words[...]
        if let verb = words.popFirst() { append(verb) }
        if let spec { appendArguments(&words, spec) }
        for word in words { append(word, after: " ") }
    }

    /// Whether the message is the only missing argument.
    var lacksOnlyMessage: Bool { missing.count == 1 && missing[0].type.isMessage }

    /// Appends the arguments that `spec` declares, in the order in which a server reads them.
    ///
    /// Options come first, each once. A later word, or one after `--`, is never an option, so that a variable's value
    /// cannot change who gets the message.
    private mutating func appendArguments(_ words: inout ArraySlice<[UInt8]>, _ spec: CommandSpec) {
        let keys = Set(spec.forms.joined().compactMap(\.key))
        let options = Self.takeOptions(&words, keys)
        let given = options.map(\.key)
        form = spec.forms.firstIndex { form in given.allSatisfy { key in form.contains { $0.key == key } } } ?? 0
        var parameters = spec.forms[form].filter { $0.key == nil }[...]
        for (key, value) in options { append(value, after: " \(key)=") }
        while let word = words.first {
            if parameters.first?.type.isMessage == true {
                appendMessage(words, quotes: Self.option(word, keys) != nil)
                parameters.removeFirst()
                words.removeAll()
                break
            } else {
                parameters = parameters.dropFirst()
                append(word, after: " ", quotes: Self.option(word, keys) != nil)
            }
            words.removeFirst()
        }
        missing = parameters.filter(\.isRequired)
    }

    /// Appends the words of a message as one argument. Plain words need no quotes, since a message extends to the
    /// line's end.
    private mutating func appendMessage(_ words: ArraySlice<[UInt8]>, quotes: Bool) {
        let message = Array(words.joined(separator: [UInt8(ascii: " ")]))
        let isPlain = words.allSatisfy { Self.encoding(of: $0) == .plain }
        append(message, after: " ", asIs: isPlain, quotes: quotes)
    }

    /// - Parameter quotes: whether the server would otherwise take the value for an option.
    private mutating func append(
        _ value: [UInt8], after prefix: String = "", asIs: Bool = false, quotes: Bool = false
    ) {
        write(Array(prefix.utf8))
        let encoding = asIs ? .plain : Self.encoding(of: value)
        switch quotes && encoding == .plain ? .quoted : encoding {
        case .plain where fits(value.count): write(value)
        case .quoted where fits(TypedWord.quoted(value).count): write(TypedWord.quoted(value))
        case .plain, .quoted, .literal:
            write(Array("{\(value.count)+}".utf8))
            bytes.writeStaticString("\r\n")
            bytes.writeBytes(value)
        }
    }

    private mutating func write(_ text: [UInt8]) {
        bytes.writeBytes(text)
        lineLength += text.count
    }

    private func fits(_ count: Int) -> Bool { lineLength + count <= Self.maximumLength }

    /// Whether a value is one word that is sent as it is.
    static func isPlain(_ value: [UInt8]) -> Bool { encoding(of: value) == .plain && value.count <= maximumLength }

    private enum Encoding {
        case plain
        case quoted
        case literal
    }

    private static func encoding(of value: [UInt8]) -> Encoding {
        let needsLiteral = value.contains { $0 == 0 || $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }
        if needsLiteral || String(validating: value, as: UTF8.self) == nil || LiteralMark.atEnd(of: value) != nil {
            return .literal
        }
        let needsQuotes = value.contains {
            $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\")
        }
        return value.isEmpty || needsQuotes ? .quoted : .plain
    }

    /// Takes the options at the beginning of the words, up to the first word that is none, to a repeated key, or to
    /// `--`, which is taken too.
    private static func takeOptions(
        _ words: inout ArraySlice<[UInt8]>, _ keys: Set<String>
    ) -> [(key: String, value: [UInt8])] {
        var options: [(key: String, value: [UInt8])] = []
        while let word = words.first, let (key, value) = option(word, keys), !options.contains(where: { $0.key == key })
        {
            options.append((key, value))
            words.removeFirst()
        }
        if words.first == Array("--".utf8) { words.removeFirst() }
        return options
    }

    /// Returns the key and the value of `KEY=value` if the key is one of `keys`. The word may have it in lower case.
    private static func option(_ word: [UInt8], _ keys: Set<String>) -> (String, [UInt8])? {
        guard let equals = word.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let key = String(decoding: word[..<equals], as: UTF8.self).uppercased()
        return keys.contains(key) ? (key, Array(word[(equals + 1)...])) : nil
    }
}
