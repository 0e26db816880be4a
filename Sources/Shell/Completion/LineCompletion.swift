import Wire

/// The completions at the cursor of a line that is being typed.
struct LineCompletion: Equatable {
    /// The data, beside the line, from which completions are made.
    struct Context {
        let manifest: Manifest
        /// The account names that requests and replies have mentioned.
        var names: Set<String> = []
        /// The shell's meta-commands, with their backslashes.
        var commands: [String] = []
        /// A function that returns the paths that begin with its argument.
        var files: (String) -> [String] = { _ in [] }
    }

    /// The position in the line, in bytes, where a candidate begins. A candidate replaces the text from here to the
    /// cursor.
    private(set) var start: Int
    private(set) var candidates: [String] = []
    /// Whether a space follows the candidate.
    private(set) var appendsSpace = true

    /// - Parameter cursor: the position of the cursor, in bytes.
    init(_ line: [UInt8], cursor: Int, _ context: Context) {
        let head = line[..<cursor]
        var words = TypedWord.split(head)
        if words.last.map({ $0.range.upperBound < cursor }) ?? true {
            words.append(TypedWord(at: cursor))
        }
        let word = words[words.count - 1]
        start = word.range.lowerBound
        switch words.count {
        case 1 where word.value.first == UInt8(ascii: "\\"):
            candidates = context.commands.filter { $0.hasPrefix(word.text.lowercased()) }
        case 1:
            completeVerb(word, context)
        case _ where words[0].text == "?":
            if words.count == 2 { completeVerb(word, context) }
        case _:
            guard let verb = Verb(words[0].value), let spec = context.manifest[verb]?.spec else { return }
            completeArgument(words, spec, context)
        }
    }

    private mutating func completeVerb(_ word: TypedWord, _ context: Context) {
        let typed = word.text.uppercased()
        candidates = context.manifest.specs.map(\.name).filter { $0.hasPrefix(typed) }.sorted()
    }

    private mutating func completeArgument(_ words: [TypedWord], _ spec: CommandSpec, _ context: Context) {
        let word = words[words.count - 1]
        let match = ParameterMatch(words, of: spec)
        if let prefixLength = Self.filePrefixLength(words, match) { return completeFile(word, prefixLength, context) }
        let parameter = match.parameters[words.count - 1]
        if let parameter, parameter.key != nil { return completeValue(word, parameter, context) }
        // A message is free text: nothing in it is completed.
        guard match.messageIndex ?? .max >= words.count - 1 else { return }
        if let parameter, parameter.type == .secret, !word.value.isEmpty { return }
        let options = Self.options(word, Self.availableKeys(words.dropLast(), spec))
        if let parameter { completeValue(word, parameter, context) }
        candidates = options + candidates
        appendsSpace = options.isEmpty
    }

    // MARK: - Options and values

    /// Returns the keys of options that the line does not have yet and that its form allows.
    private static func availableKeys(_ words: ArraySlice<TypedWord>, _ spec: CommandSpec) -> [String] {
        let match = ParameterMatch(Array(words), of: spec)
        let given = match.parameters.compactMap(\.?.key)
        let hasPositional = match.parameters.dropFirst().contains { $0.map { $0.key == nil } ?? true }
        let forms = spec.forms.enumerated().filter { index, form in
            given.allSatisfy { key in form.contains { $0.key == key } } && (!hasPositional || index == match.form)
        }
        var keys: [String] = []
        for parameter in forms.flatMap(\.element) {
            guard let key = parameter.key, !given.contains(key), !keys.contains(key) else { continue }
            keys.append(key)
        }
        return keys
    }

    private static func options(_ word: TypedWord, _ keys: [String]) -> [String] {
        guard word.prefix == 0, !word.isQuoted else { return [] }
        let typed = word.text.uppercased()
        return keys.filter { $0.hasPrefix(typed) }.map { "\($0)=" }
    }

    private mutating func completeValue(_ word: TypedWord, _ parameter: ParameterSpec, _ context: Context) {
        guard !word.isQuoted else { return }
        let value = String(decoding: word.value.dropFirst(word.prefix), as: UTF8.self)
        start = word.range.lowerBound + word.prefix
        if !parameter.values.isEmpty {
            candidates = parameter.values.filter { $0.uppercased().hasPrefix(value.uppercased()) }
        } else if parameter.label == "verb" {
            completeVerb(word, context)
        } else if parameter.type == .name || parameter.type == .names {
            completeName(value, isList: parameter.type == .names, context)
        }
    }

    private mutating func completeName(_ value: String, isList: Bool, _ context: Context) {
        let listed = isList ? value.split(separator: ",", omittingEmptySubsequences: false) : [Substring(value)]
        let typed = listed.last ?? ""
        start += value.utf8.count - typed.utf8.count
        let others = Set(listed.dropLast().map { $0.lowercased() })
        candidates = context.names.filter { $0.hasPrefix(typed.lowercased()) && !others.contains($0) }.sorted()
    }

    // MARK: - Files

    /// Returns the number of bytes before a file name in the last word, or nil if no file name is possible there.
    private static func filePrefixLength(_ words: [TypedWord], _ match: ParameterMatch) -> Int? {
        let last = words.count - 1
        let isMark: (Int) -> Bool = { index in
            let word = words[index]
            guard word.prefix == 1, let mark = word.value.first else { return false }
            return mark == UInt8(ascii: ">") || index == match.messageIndex
        }
        if isMark(last) { return 1 }
        let before = words[last - 1]
        return isMark(last - 1) && before.value.count == 1 && before.value != [UInt8(ascii: "@")] ? 0 : nil
    }

    private mutating func completeFile(_ word: TypedWord, _ prefixLength: Int, _ context: Context) {
        guard !word.isQuoted || word.isOpen else { return }
        start = word.range.lowerBound + prefixLength
        let files = context.files(String(decoding: word.value.dropFirst(prefixLength), as: UTF8.self))
        let needsQuotes = word.isQuoted || files.contains { $0.contains { " \"\\".contains($0) } }
        candidates = needsQuotes ? files.map(Self.quoted) : files
        appendsSpace = !(files.count == 1 && files[0].hasSuffix("/"))
    }

    /// Returns a quoted file name. The quotation of a directory stays open, since a file name follows.
    private static func quoted(_ file: String) -> String {
        let quoted = TypedWord.quoted(file)
        return file.hasSuffix("/") ? String(quoted.dropLast()) : quoted
    }
}

extension TypedWord {
    /// Creates the empty word at a position.
    fileprivate init(at position: Int) {
        self.init(range: position..<position, value: [], prefix: 0, isQuoted: false, isOpen: false)
    }
}
