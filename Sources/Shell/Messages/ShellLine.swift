import NIOCore
import Wire

/// A line typed into the shell, taken apart: what is sent, where the message comes from, and where the answer goes.
///
///     line   = request [SP ("<" / "@") file] [SP ">" file]
///     file   = word                  ; a space may stand before it, but not behind "@"
///
/// A file stands for the message, where the message would begin, and nothing but an output may follow it. What is meant
/// as it stands is quoted.
struct ShellLine: Equatable {
    /// The request without the names of files.
    var request: [UInt8]
    /// The file that the message is.
    var input: String?
    /// The file that the answer goes to.
    var output: String?

    /// `spec`: what the verb is declared as; nil when nobody declares it, and then nothing is a file that is read.
    init(_ line: [UInt8], for spec: CommandSpec?) {
        var words = Words(line).all
        var end = line.endIndex
        if let (name, start) = Self.file(behind: [UInt8(ascii: ">")], ending: words[...]) {
            output = name
            end = words[start].range.lowerBound
            words.removeSubrange(start...)
        }
        if let spec, let message = Placement(words, of: spec).message,
            let (name, start) = Self.file(behind: [UInt8(ascii: "<"), UInt8(ascii: "@")], ending: words[message...]),
            start == message
        {
            input = name
            end = words[start].range.lowerBound
        }
        request = line[..<end].trimmingSpace
        if output == nil, input == nil { request = line }
    }

    /// The name of a file that ends `words`, behind one of `marks`, and the word with which that begins.
    private static func file(
        behind marks: Set<UInt8>, ending words: ArraySlice<Words.Word>
    ) -> (name: String, start: Int)? {
        guard let last = words.last, !last.isOpen else { return nil }
        if isMarked(last, marks), last.value.count > 1 {
            return (String(decoding: last.value.dropFirst(), as: UTF8.self), words.endIndex - 1)
        }
        guard words.count > 1, last.prefix == 0 || last.value.first == nil else { return nil }
        let mark = words[words.endIndex - 2]
        guard isMarked(mark, marks), mark.value.count == 1, mark.value != [UInt8(ascii: "@")] else { return nil }
        return (last.text, words.endIndex - 2)
    }

    private static func isMarked(_ word: Words.Word, _ marks: Set<UInt8>) -> Bool {
        word.prefix == 1 && word.value.first.map { marks.contains($0) } == true
    }
}

extension Collection<UInt8> {
    /// The octets without the spaces at their end.
    fileprivate var trimmingSpace: [UInt8] {
        var octets = Array(self)
        while octets.last == UInt8(ascii: " ") { octets.removeLast() }
        return octets
    }
}
