import NIOCore

/// Makes any reply one that can be written and read again, octet for octet, whatever its texts are made of.
///
/// A clean reply has a code from 200 to 599, and an enhanced code of three numbers or none. Each of its lines
///
/// * has neither a control character other than TAB, nor one that turns the direction of text or ends a line elsewhere;
/// * has at most `longestText` octets;
/// * does not end in a literal mark, which a reader would take for the announcement of octets behind it;
/// * does not begin with an enhanced code, where the reply has none.
///
/// It is no larger than a link takes. Cleaning a clean reply changes nothing, so that a proxy writes what its server wrote.
extension Reply {
    /// Octets of a line's text; with all that is written around it, it has room on a client's line.
    static let longestText = 8000
    /// Lines of a reply, and octets of their texts in all.
    static let mostLines = 1 << 20
    static let mostText = 48 << 20
    /// The octets that a line takes beside its text, in the count of `mostText`.
    private static let lineCost = 16

    /// Whether `cleaned` changes nothing.
    var isClean: Bool {
        guard 200..<600 ~= code, enhanced.map(Self.isEnhancedCode) ?? true, isSendable else { return false }
        return isClean(text) && (more.isEmpty || more.allSatisfy(isClean))
    }

    /// The reply as it is written.
    ///
    /// A character that may not be there becomes `?`. A text that is too long goes on in the next line. A space is put
    /// behind one that would end in a literal mark, and before one that would begin with an enhanced code. A code out of
    /// range becomes 554, an enhanced code that is none becomes `5.0.0`, with the first digit of the code.
    var cleaned: Reply {
        guard isSendable else { return Failure.answerTooLarge.reply }
        var reply = self
        if !(200..<600 ~= code) { reply.code = 554 }
        if let enhanced, !Self.isEnhancedCode(enhanced) { reply.enhanced = "\(reply.code / 100).0.0" }
        let lines = lines.flatMap(reply.pieces)
        (reply.text, reply.more) = (lines[0], Array(lines.dropFirst()))
        return reply.isSendable ? reply : Failure.answerTooLarge.reply
    }

    /// Whether there is a place for its lines and its body on a link.
    private var isSendable: Bool {
        guard body.map({ $0.readableBytes <= Limits.link.literal }) ?? true else { return false }
        guard !more.isEmpty else { return text.utf8.count <= Self.mostText }
        let count = more.reduce(text.utf8.count) { $0 + $1.utf8.count + Self.lineCost }
        return more.count < Self.mostLines && count <= Self.mostText
    }

    private func isClean(_ text: String) -> Bool {
        var text = text
        let isPlain = text.withUTF8 { octets in
            octets.count <= Self.longestText && octets.last != UInt8(ascii: "}")
                && (enhanced != nil || !(octets.first.map { 0x30...0x39 ~= $0 } ?? false))
                && octets.allSatisfy { 0x20..<0x7F ~= $0 || $0 == 0x09 }
        }
        // Nearly all are plain. Of the others few are not clean.
        return isPlain || pieces(of: text) == [text]
    }

    /// The lines that a line's text becomes.
    private func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        let shown = String(String.UnicodeScalarView(text.unicodeScalars.map(\.shown)))
        var rest = shown[...]
        while true {
            if rest.utf8.count <= Self.longestText {
                let last = guarded(rest)
                if last.utf8.count <= Self.longestText { return pieces + [last] }
            }
            // Two octets less, for the spaces.
            var end = rest.utf8.index(rest.startIndex, offsetBy: Self.longestText - 2)
            while rest.utf8[end] & 0xC0 == 0x80 { rest.utf8.formIndex(before: &end) }
            pieces.append(guarded(rest[..<end]))
            rest = rest[end...]
        }
    }

    /// The text with a space wherever it would be taken for something else.
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
