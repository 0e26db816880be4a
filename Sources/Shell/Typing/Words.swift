/// The words of a line that is being typed, whose last quotation may not have ended yet.
///
///     word   = [prefix] (atom / quoted)
///     prefix = key "=" / "<" / ">" / "@"
struct Words {
    struct Word: Equatable {
        /// Where it stands in the line, in octets, with its quotation marks.
        let range: Range<Int>
        /// What it says: without the quotation marks, and without the backslashes inside them.
        let value: [UInt8]
        /// Octets of `value` that stand before what may be quoted: 3 in `TO=bob`, 1 in `<file`, 0 in most.
        let prefix: Int
        let isQuoted: Bool
        /// Whether it is quoted and the quotation has not ended.
        let isOpen: Bool

        var text: String { String(decoding: value, as: UTF8.self) }
    }

    let all: [Word]

    init(_ line: some Sequence<UInt8>) {
        var scanner = Scanner(line: Array(line))
        var words: [Word] = []
        while let word = scanner.next() { words.append(word) }
        all = words
    }

    /// A value as a quoted word.
    static func quoted(_ value: [UInt8]) -> [UInt8] {
        let escaped = value.flatMap { octet in
            octet == Scanner.quote || octet == Scanner.backslash ? [Scanner.backslash, octet] : [octet]
        }
        return [Scanner.quote] + escaped + [Scanner.quote]
    }

    static func quoted(_ value: String) -> String {
        String(decoding: quoted(Array(value.utf8)), as: UTF8.self)
    }
}

private struct Scanner {
    let line: [UInt8]
    private var place = 0

    private static let space = UInt8(ascii: " ")
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")

    init(line: [UInt8]) { self.line = line }

    mutating func next() -> Words.Word? {
        while place < line.count, line[place] == Self.space { place += 1 }
        guard place < line.count else { return nil }
        let start = place
        var value = takePrefix()
        let prefix = value.count
        let isQuoted = place < line.count && line[place] == Self.quote
        var isOpen = false
        if isQuoted { (value, isOpen) = takeQuoted(behind: value) }
        // What stands behind a quotation without a space is no word of the grammar; here it belongs to this one.
        while place < line.count, line[place] != Self.space { value.append(take()) }
        return Words.Word(range: start..<place, value: value, prefix: prefix, isQuoted: isQuoted, isOpen: isOpen)
    }

    private mutating func takePrefix() -> [UInt8] {
        switch line[place] {
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "@"):
            return [take()]
        default:
            let key = line[place...].prefix { Self.isKey($0) }
            guard !key.isEmpty, key.endIndex < line.count, line[key.endIndex] == UInt8(ascii: "=") else { return [] }
            defer { place = key.endIndex + 1 }
            return Array(line[place...key.endIndex])
        }
    }

    private mutating func takeQuoted(behind prefix: [UInt8]) -> (value: [UInt8], isOpen: Bool) {
        var value = prefix
        place += 1
        while place < line.count {
            switch take() {
            case Self.quote: return (value, false)
            case Self.backslash where place < line.count: value.append(take())
            case let octet: value.append(octet)
            }
        }
        return (value, true)
    }

    private mutating func take() -> UInt8 {
        defer { place += 1 }
        return line[place]
    }

    private static func isKey(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
