import Input
import NIOCore

/// The word `$_` of a typed line, which stands for the body of the last answer.
enum LastAnswer {
    private static let word = Array("$_".utf8)

    /// Whether the byte occurs in sealed messages, signatures and tokens, and means nothing to a reader of lines.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    /// Returns the line with the answer in place of each unquoted word `$_`.
    ///
    /// - Throws: an `ExitError` if the line has such a word and there is no answer, or if the answer does not fit into a
    /// line.
    static func replaced(in line: [UInt8], by answer: ByteBuffer?) throws(ExitError) -> [UInt8] {
        let words = TypedWord.split(line).filter { !$0.isQuoted && $0.value == word }
        guard !words.isEmpty else { return line }
        guard let answer else {
            throw ExitError(message: "$_ stands for the last answer, and there was none yet. Not sent", status: .usage)
        }
        let value = Array(answer.readableBytesView)
        guard String(validating: value, as: UTF8.self) != nil, !value.contains(where: { $0 < 0x20 && $0 != 0x09 })
        else {
            throw ExitError(
                message: "the last answer has several lines or is binary; keep it by >file and send it by <file",
                status: .usage)
        }
        // The answer is somebody's text. In quotes it is never read as an option, a literal, a file or a question.
        let isPlain = !value.isEmpty && value.allSatisfy(Self.isPlain)
        let text = isPlain ? value : TypedWord.quoted(value)
        var replaced = line
        for word in words.reversed() { replaced.replaceSubrange(word.range, with: text) }
        return replaced
    }
}
