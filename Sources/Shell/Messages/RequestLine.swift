import NIOCore
import Wire

/// The words of a command line as one request: each goes as it is where it can, else quoted, else as a literal.
struct RequestLine {
    /// Octets that a line may have before it is known who asks; what would make it longer goes as a literal.
    static let limit = 1000

    /// The request with its literals, without its line end.
    private(set) var octets = ByteBuffer()
    /// The arguments that the command cannot do without, and that are not there.
    private(set) var missing: [ParameterSpec] = []
    /// Octets on the line, without the literals.
    private var used = 0

    /// `words`: the verb and its arguments. `spec`: the verb's declaration, nil when nobody has declared it: then
    /// each word is an argument of its own.
    init(_ words: [[UInt8]], for spec: CommandSpec?) {
        var words = words[...]
        if let verb = words.popFirst() { append(verb) }
        if let spec { appendArguments(&words, spec) }
        for word in words { append(word, after: " ") }
    }

    /// Whether the message is all that is missing.
    var lacksOnlyMessage: Bool { missing.count == 1 && missing[0].type.isMessage }

    /// Takes the arguments that `spec` declares, in the order in which a server reads them.
    private mutating func appendArguments(_ words: inout ArraySlice<[UInt8]>, _ spec: CommandSpec) {
        let keys = Set(spec.forms.joined().compactMap(\.key))
        let given = words.compactMap { Self.option($0, keys)?.0 }
        let form = spec.forms.first { form in given.allSatisfy { key in form.contains { $0.key == key } } }
        var parameters = (form ?? spec.forms[0]).filter { $0.key == nil }[...]
        while let word = words.first {
            if let (key, value) = Self.option(word, keys) {
                append(value, after: " \(key)=")
            } else if parameters.first?.type.isMessage == true {
                appendMessage(words)
                parameters.removeFirst()
                words.removeAll()
                break
            } else {
                parameters = parameters.dropFirst()
                append(word, after: " ")
            }
            words.removeFirst()
        }
        missing = parameters.filter(\.isRequired)
    }

    /// The words of a message are one argument. Plain ones need no quotes, since a message reaches to the line's end.
    private mutating func appendMessage(_ words: ArraySlice<[UInt8]>) {
        let message = Array(words.joined(separator: [UInt8(ascii: " ")]))
        let isPlain = words.allSatisfy { Self.form(of: $0) == .plain }
        append(message, after: " ", asIs: isPlain)
    }

    private mutating func append(_ value: [UInt8], after prefix: String = "", asIs: Bool = false) {
        write(Array(prefix.utf8))
        switch asIs ? .plain : Self.form(of: value) {
        case .plain where fits(value.count): write(value)
        case .quoted where fits(Words.quoted(value).count): write(Words.quoted(value))
        case .plain, .quoted, .literal:
            write(Array("{\(value.count)+}".utf8))
            octets.writeStaticString("\r\n")
            octets.writeBytes(value)
        }
    }

    private mutating func write(_ text: [UInt8]) {
        octets.writeBytes(text)
        used += text.count
    }

    private func fits(_ count: Int) -> Bool { used + count <= Self.limit }

    private enum Form {
        case plain
        case quoted
        case literal
    }

    private static func form(of value: [UInt8]) -> Form {
        let needsLiteral = value.contains { $0 == 0 || $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }
        if needsLiteral || String(validating: value, as: UTF8.self) == nil || LiteralMark.announced(by: value) != nil {
            return .literal
        }
        let needsQuotes = value.contains {
            $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\")
        }
        return value.isEmpty || needsQuotes ? .quoted : .plain
    }

    /// The parts of `KEY=value`, if the key is one of `keys`; it may be typed in lower case.
    private static func option(_ word: [UInt8], _ keys: Set<String>) -> (String, [UInt8])? {
        guard let equals = word.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let key = String(decoding: word[..<equals], as: UTF8.self).uppercased()
        return keys.contains(key) ? (key, Array(word[(equals + 1)...])) : nil
    }
}

extension LiteralMark {
    /// The literal that `line` announces at its end, as a server reads it.
    static func announced(by line: some Collection<UInt8>) -> LiteralMark? {
        var octets = ByteBuffer(bytes: line.map { 0x20...0x7E ~= $0 ? $0 : UInt8(ascii: "x") })
        octets.writeInteger(UInt8(ascii: "\n"))
        var framer = Framer(readsTelnet: false)
        let limits = Limits(line: line.count)
        guard case .announced(_, let mark)? = framer.next(&octets, limits: limits) else { return nil }
        return mark
    }
}
