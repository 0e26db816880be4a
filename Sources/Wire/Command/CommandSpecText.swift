import NIOCore

/// The declaration of a command as one line. The line follows the grammar of a request, and the same lexer reads
/// both:
///
///     declaration = verb *(SP key "=" word)
///     ARGS    = argument *(SP argument) *(SP "|" *(SP argument))
///     argument = ["["] [key "="] label ":" type [":" value *("," value)] ["]"]
///
/// Readers ignore unknown keys, which lets newer servers add keys.
extension CommandSpec {
    /// The maximum length of a declaration in bytes. A declaration of this length fits on one line of a reply.
    static let maximumDeclaration = 8000
    /// The maximum length of a plugin's name, which is shown to operators.
    package static let longestPlugin = 32

    /// The declaration as text. If it would be longer than `maximumDeclaration` bytes, the help is shortened.
    package var declaration: String {
        var words = [verb.description]
        words.append("ARGS=\(LinkFields.quoted(arguments))")
        words.append("ACCESS=\(access.rawValue)")
        if let openForm { words.append("OPEN=\(openForm + 1)") }
        words.append("REPEATABLE=\(isRepeatable ? "yes" : "no")")
        words.append("RESULT=\(result.rawValue)")
        if !plugin.isEmpty { words.append("PLUGIN=\(LinkFields.word(plugin))") }
        words.append("SUMMARY=\(LinkFields.quoted(summary))")
        let start = words.joined(separator: " ") + " HELP="
        return start + LinkFields.quoted(help, upTo: Self.maximumDeclaration - start.utf8.count)
    }

    /// Reads a declaration. Returns nil if this program cannot understand it, or if it does not say which callers may
    /// issue the command.
    package convenience init?(declaration: RequestLine) {
        guard declaration.size <= Self.maximumDeclaration else { return nil }
        var lexer = Lexer(declaration, words: Limits.link.words)
        var options: [String: String] = [:]
        guard lexer.moveToWord(), let first = try? lexer.word(), let verb = Verb(first.readableBytesView) else {
            return nil
        }
        while lexer.moveToWord() {
            guard let key = lexer.optionKey(), let value = try? lexer.optionValue(key) else { return nil }
            options[key] = String(buffer: value)
        }
        guard let access = options["ACCESS"].flatMap(Access.init), let forms = Self.forms(options["ARGS"] ?? ""),
            options["PLUGIN"].map(Self.isPlugin) ?? true
        else { return nil }
        let openForm = options["OPEN"].flatMap { Int($0) }.map { $0 - 1 }
        self.init(
            verb: verb, plugin: options["PLUGIN"] ?? "", forms: forms, access: access,
            openForm: openForm.flatMap { forms.indices.contains($0) ? $0 : nil },
            isRepeatable: options["REPEATABLE"] == "yes",
            result: options["RESULT"].flatMap(ResultKind.init) ?? .plain,
            summary: options["SUMMARY"] ?? "", help: options["HELP"] ?? "")
    }

    private static func isPlugin(_ name: String) -> Bool {
        name.utf8.count <= longestPlugin && name.utf8.allSatisfy(LinkFields.isAtomByte)
    }

    private var arguments: String {
        forms.map { $0.map(\.declaration).joined(separator: " ") }.joined(separator: " | ")
    }

    private static func forms(_ text: String) -> [[ParameterSpec]]? {
        var forms: [[ParameterSpec]] = [[]]
        for word in text.split(separator: " ") {
            if word == "|" {
                forms.append([])
            } else if let parameter = ParameterSpec(declaration: word) {
                forms[forms.count - 1].append(parameter)
            } else {
                return nil
            }
        }
        return forms
    }
}

extension ParameterSpec {
    var declaration: String {
        let values = values.isEmpty ? "" : ":\(values.joined(separator: ","))"
        let text = (key.map { "\($0)=" } ?? "") + "\(label):\(type.rawValue)\(values)"
        return isRequired ? text : "[\(text)]"
    }

    init?(declaration: Substring) {
        var text = declaration
        let isOptional = text.hasPrefix("[") && text.hasSuffix("]")
        if isOptional { text = text.dropFirst().dropLast() }
        let option = text.split(separator: "=", maxSplits: 1)
        let parts = (option.last ?? "").split(separator: ":")
        guard option.count <= 2, 2...3 ~= parts.count, let type = ParameterType(rawValue: String(parts[1])) else {
            return nil
        }
        self.init(
            String(parts[0]), key: option.count == 2 ? String(option[0]) : nil, type: type, isRequired: !isOptional,
            values: parts.count == 3 ? parts[2].split(separator: ",").map(String.init) : [])
        guard canBeDeclared else { return nil }
    }
}
