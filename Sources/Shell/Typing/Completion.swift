import Wire

/// What may stand at the cursor of a line that is being typed.
struct Completion: Equatable {
    /// What a completion is made from beside the line.
    struct Knowledge {
        let manifest: Manifest
        /// Account names that the session has seen.
        var names: Set<String> = []
        /// The shell's own commands.
        var commands: [String] = []
        /// Paths of files that begin like this.
        var files: (String) -> [String] = { _ in [] }
    }

    /// The octet of the line from which on a candidate stands instead of what was typed up to the cursor.
    private(set) var start: Int
    private(set) var candidates: [String] = []
    /// Whether the word is complete with a candidate.
    private(set) var appendsSpace = true

    /// `cursor`: in octets.
    init(_ line: [UInt8], cursor: Int, _ knowledge: Knowledge) {
        let head = line[..<cursor]
        var words = Words(head).all
        if words.last.map({ $0.range.upperBound < cursor }) ?? true {
            words.append(Words.Word(at: cursor))
        }
        let word = words[words.count - 1]
        start = word.range.lowerBound
        switch words.count {
        case 1 where word.value.first == UInt8(ascii: "\\"):
            candidates = knowledge.commands.filter { $0.hasPrefix(word.text.lowercased()) }
        case 1:
            completeVerb(word, knowledge)
        case _ where words[0].text == "?":
            if words.count == 2 { completeVerb(word, knowledge) }
        case _:
            guard let verb = Verb(words[0].value), let spec = knowledge.manifest[verb]?.spec else { return }
            completeArgument(words, spec, knowledge)
        }
    }

    private mutating func completeVerb(_ word: Words.Word, _ knowledge: Knowledge) {
        let typed = word.text.uppercased()
        candidates = knowledge.manifest.specs.map(\.name).filter { $0.hasPrefix(typed) }.sorted()
    }

    private mutating func completeArgument(_ words: [Words.Word], _ spec: CommandSpec, _ knowledge: Knowledge) {
        let word = words[words.count - 1]
        let placement = Placement(words, of: spec)
        if let file = Self.fileBeginning(words, placement) { return completeFile(word, file, knowledge) }
        let parameter = placement.parameters[words.count - 1]
        if let parameter, parameter.key != nil { return completeValue(word, parameter, knowledge) }
        // Inside a message nothing is anything but text.
        guard placement.message ?? .max >= words.count - 1 else { return }
        if let parameter, parameter.type == .secret, !word.value.isEmpty { return }
        let options = Self.options(word, Self.keys(words.dropLast(), spec))
        if let parameter { completeValue(word, parameter, knowledge) }
        candidates = options + candidates
        appendsSpace = options.isEmpty
    }

    // MARK: - Options and values

    /// The keys that may still be given.
    private static func keys(_ words: ArraySlice<Words.Word>, _ spec: CommandSpec) -> [String] {
        let placement = Placement(Array(words), of: spec)
        let given = placement.parameters.compactMap(\.?.key)
        let hasPositional = placement.parameters.dropFirst().contains { $0.map { $0.key == nil } ?? true }
        let forms = spec.forms.enumerated().filter { index, form in
            given.allSatisfy { key in form.contains { $0.key == key } } && (!hasPositional || index == placement.form)
        }
        var keys: [String] = []
        for parameter in forms.flatMap(\.element) {
            guard let key = parameter.key, !given.contains(key), !keys.contains(key) else { continue }
            keys.append(key)
        }
        return keys
    }

    private static func options(_ word: Words.Word, _ keys: [String]) -> [String] {
        guard word.prefix == 0, !word.isQuoted else { return [] }
        let typed = word.text.uppercased()
        return keys.filter { $0.hasPrefix(typed) }.map { "\($0)=" }
    }

    private mutating func completeValue(_ word: Words.Word, _ parameter: ParameterSpec, _ knowledge: Knowledge) {
        guard !word.isQuoted else { return }
        let value = String(decoding: word.value.dropFirst(word.prefix), as: UTF8.self)
        start = word.range.lowerBound + word.prefix
        if !parameter.values.isEmpty {
            candidates = parameter.values.filter { $0.hasPrefix(value.uppercased()) }
        } else if parameter.label == "verb" {
            completeVerb(word, knowledge)
        } else if parameter.type == .name || parameter.type == .names {
            completeName(value, isList: parameter.type == .names, knowledge)
        }
    }

    private mutating func completeName(_ value: String, isList: Bool, _ knowledge: Knowledge) {
        let listed = isList ? value.split(separator: ",", omittingEmptySubsequences: false) : [Substring(value)]
        let typed = listed.last ?? ""
        start += value.utf8.count - typed.utf8.count
        let others = Set(listed.dropLast().map { $0.lowercased() })
        candidates = knowledge.names.filter { $0.hasPrefix(typed.lowercased()) && !others.contains($0) }.sorted()
    }

    // MARK: - Files

    /// How many octets of the last word stand before the name of a file; nil where no file can stand.
    private static func fileBeginning(_ words: [Words.Word], _ placement: Placement) -> Int? {
        let last = words.count - 1
        let isMark: (Int) -> Bool = { index in
            let word = words[index]
            guard word.prefix == 1, let mark = word.value.first else { return false }
            return mark == UInt8(ascii: ">") || index == placement.message
        }
        if isMark(last) { return 1 }
        let before = words[last - 1]
        return isMark(last - 1) && before.value.count == 1 && before.value != [UInt8(ascii: "@")] ? 0 : nil
    }

    private mutating func completeFile(_ word: Words.Word, _ mark: Int, _ knowledge: Knowledge) {
        guard !word.isQuoted || word.isOpen else { return }
        start = word.range.lowerBound + mark
        let files = knowledge.files(String(decoding: word.value.dropFirst(mark), as: UTF8.self))
        let needsQuotes = word.isQuoted || files.contains { $0.contains { " \"\\".contains($0) } }
        candidates = needsQuotes ? files.map(Self.quoted) : files
        appendsSpace = !(files.count == 1 && files[0].hasSuffix("/"))
    }

    /// A directory's quotation stays open, since more is to come.
    private static func quoted(_ file: String) -> String {
        let quoted = Words.quoted(file)
        return file.hasSuffix("/") ? String(quoted.dropLast()) : quoted
    }
}

extension Words.Word {
    /// The word that may begin at `place`.
    fileprivate init(at place: Int) {
        self.init(range: place..<place, value: [], prefix: 0, isQuoted: false, isOpen: false)
    }
}
