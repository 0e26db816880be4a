/// A word of a line that is being typed. The quotation of the last word may not have ended yet.
///
///     word   = [prefix] (atom / quoted)
///     prefix = key "=" / "<" / ">" / "@"
struct TypedWord: Equatable {
    /// The word's position in the line, in bytes, with its quotation marks.
    let range: Range<Int>
    /// The word's value, without the quotation marks and without the backslashes inside them.
    let value: [UInt8]
    /// The number of bytes of `value` before the part that may be quoted: 3 in `TO=bob`, 1 in `<file`, 0 in most words.
    let prefix: Int
    let isQuoted: Bool
    /// Whether the word is quoted and its quotation has not ended.
    let isOpen: Bool

    var text: String { String(decoding: value, as: UTF8.self) }

    /// Returns the words of a line.
    static func split(_ line: some Sequence<UInt8>) -> [TypedWord] {
        var scanner = TypedWordScanner(line: Array(line))
        var words: [TypedWord] = []
        while let word = scanner.next() { words.append(word) }
        return words
    }

    /// Returns the quoted form of a value.
    static func quoted(_ value: [UInt8]) -> [UInt8] {
        let (quote, backslash) = (TypedWordScanner.quote, TypedWordScanner.backslash)
        let escaped = value.flatMap { byte in byte == quote || byte == backslash ? [backslash, byte] : [byte] }
        return [quote] + escaped + [quote]
    }

    static func quoted(_ value: String) -> String {
        String(decoding: quoted(Array(value.utf8)), as: UTF8.self)
    }
}
