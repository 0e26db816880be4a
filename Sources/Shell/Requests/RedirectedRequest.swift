import NIOCore
import Wire

/// A request that is typed into the shell, with redirections of its message and of its answer.
///
///     line   = request [SP ("<" / "@") file] [SP ">" file]
///     file   = word                  ; a space may precede it, but not after "@"
///
/// An input file must be where the message would begin, and only an output file may follow it. Quoted words are no
/// redirections.
struct RedirectedRequest: Equatable {
    /// The request without its redirections.
    var request: [UInt8]
    /// The file that contains the message.
    var input: File?
    /// The file that receives the answer.
    var output: File?

    /// The name of a file, as it was typed.
    struct File: Equatable {
        let text: String
        /// Whether the name has an unquoted `<`, `>` or `|`.
        var isMarked = false

        init(_ text: String) { self.text = text }

        fileprivate init(_ word: TypedWord, after prefix: Int) {
            text = String(decoding: word.value.dropFirst(prefix), as: UTF8.self)
            isMarked = !word.isQuoted && text.contains { "<>|".contains($0) }
        }
    }

    /// - Parameter spec: the declaration of the verb. Without one, `<` and `@` have no meaning.
    init(_ line: [UInt8], for spec: CommandSpec?) {
        var words = TypedWord.split(line)
        var end = line.endIndex
        if let (name, start) = Self.file(after: [UInt8(ascii: ">")], ending: words[...]) {
            output = name
            end = words[start].range.lowerBound
            words.removeSubrange(start...)
        }
        if let spec, let message = ParameterMatch(words, of: spec).messageIndex,
            let (name, start) = Self.file(after: [UInt8(ascii: "<"), UInt8(ascii: "@")], ending: words[message...]),
            start == message
        {
            input = name
            end = words[start].range.lowerBound
        }
        request = line[..<end].trimmingTrailingSpaces
        if output == nil, input == nil { request = line }
    }

    /// Returns the file name at the end of `words` after one of `marks`, and the index of the word with which the
    /// redirection begins.
    private static func file(
        after marks: Set<UInt8>, ending words: ArraySlice<TypedWord>
    ) -> (name: File, start: Int)? {
        guard let last = words.last, !last.isOpen else { return nil }
        if isMarked(last, marks), last.value.count > 1 {
            return (File(last, after: 1), words.endIndex - 1)
        }
        guard words.count > 1, last.prefix == 0 || last.value.first == nil else { return nil }
        let mark = words[words.endIndex - 2]
        guard isMarked(mark, marks), mark.value.count == 1, mark.value != [UInt8(ascii: "@")] else { return nil }
        return (File(last, after: 0), words.endIndex - 2)
    }

    private static func isMarked(_ word: TypedWord, _ marks: Set<UInt8>) -> Bool {
        word.prefix == 1 && word.value.first.map { marks.contains($0) } == true
    }
}
