import NIOCore

/// Turns any reply into one that can be written and parsed back without a change, whatever its texts contain.
///
/// A clean reply has a code from 200 to 599, and either a valid enhanced code or none. Each of its lines
///
/// * has no control character other than TAB, no character that changes the direction of text, and none that some
///   readers take for a line end;
/// * has at most `longestText` bytes;
/// * does not end in a literal mark, because a reader would expect a literal after it;
/// * does not begin with an enhanced code, if the reply has none.
///
/// A clean reply is no larger than a link allows. Cleaning a clean reply changes nothing. A proxy therefore writes
/// exactly what its server wrote.
extension Reply {
    /// The maximum length of a line's text in bytes. With all that is written around it, such a text fits on a line.
    static let longestText = 8000
    /// The maximum number of lines in a reply, and the maximum number of bytes in their texts together.
    static let mostLines = 1 << 20
    static let mostText = 48 << 20
    /// The number of bytes that each line adds to its text when `mostText` is checked.
    private static let lineCost = 16

    /// Whether the reply is clean, which means that `cleaned` would not change it.
    var isClean: Bool {
        guard 200..<600 ~= code, enhanced.map(Self.isEnhancedCode) ?? true, isSendable else { return false }
        return isClean(text) && (more.isEmpty || more.allSatisfy(isClean))
    }

    /// The reply after cleaning.
    ///
    /// A forbidden character becomes `?`. A text that is too long continues on the next line. A text that would end
    /// in a literal mark gets a space at its end, and a text that would begin with an enhanced code gets a space
    /// before it. A code out of range becomes 554. An invalid enhanced code becomes `5.0.0`, with the first digit of
    /// the code. A reply that is too large for a link is replaced by a refusal.
    var cleaned: Reply {
        guard isSendable else { return Failure.answerTooLarge.reply }
        var reply = self
        if !(200..<600 ~= code) { reply.code = 554 }
        if let enhanced, !Self.isEnhancedCode(enhanced) { reply.enhanced = "\(reply.code / 100).0.0" }
        let lines = lines.flatMap(reply.pieces)
        (reply.text, reply.more) = (lines[0], Array(lines.dropFirst()))
        return reply.isSendable ? reply : Failure.answerTooLarge.reply
    }

    /// Whether the lines and the body are within the limits of a link.
    private var isSendable: Bool {
        guard body.map({ $0.readableBytes <= Limits.link.literal }) ?? true else { return false }
        guard !more.isEmpty else { return text.utf8.count <= Self.mostText }
        let count = more.reduce(text.utf8.count) { $0 + $1.utf8.count + Self.lineCost }
        return more.count < Self.mostLines && count <= Self.mostText
    }

    private func isClean(_ text: String) -> Bool {
        var text = text
        let isPlain = text.withUTF8 { bytes in
            bytes.count <= Self.longestText && bytes.last != UInt8(ascii: "}")
                && (enhanced != nil || !(bytes.first.map { 0x30...0x39 ~= $0 } ?? false))
                && bytes.allSatisfy { 0x20..<0x7F ~= $0 || $0 == 0x09 }
        }
        // Nearly all texts are plain. The slow check is needed only for the others, and most of them are clean too.
        return isPlain || pieces(of: text) == [text]
    }

    /// Returns the lines into which the text of one line is split.
    private func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        let printable = String(String.UnicodeScalarView(text.unicodeScalars.map(\.printable)))
        var rest = printable[...]
        while true {
            if rest.utf8.count <= Self.longestText {
                let last = guarded(rest)
                if last.utf8.count <= Self.longestText { return pieces + [last] }
            }
            // Two bytes are reserved for the spaces that may be added.
            var end = rest.utf8.index(rest.startIndex, offsetBy: Self.longestText - 2)
            while rest.utf8[end] & 0xC0 == 0x80 { rest.utf8.formIndex(before: &end) }
            pieces.append(guarded(rest[..<end]))
            rest = rest[end...]
        }
    }

    /// Returns the text with added spaces where a reader would take it for an enhanced code or a literal mark.
    private func guarded(_ text: Substring) -> String {
        let before = enhanced == nil && ReplyLines.enhancedCount(text.utf8) != nil ? " " : ""
        let behind = LiteralMark(endOf: text.utf8) != nil ? " " : ""
        return before + text + behind
    }

    private static func isEnhancedCode(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { ReplyLines.enhancedCount(UnsafeRawBufferPointer($0)) == $0.count }
    }
}
