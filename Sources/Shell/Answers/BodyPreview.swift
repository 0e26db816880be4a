import Armor
import Input
import NIOCore

/// The form in which a terminal shows a body.
enum BodyPreview {
    /// The largest sealed message that is shown in its text form, in bytes.
    private static let maximumArmored = 1 << 16

    /// Returns the lines of a text, the text form of a sealed message, or a note on the size of other data.
    ///
    /// - Parameters:
    ///   - body: the body, or an empty buffer if the body was too long to keep.
    ///   - count: the size of the body, in bytes.
    static func lines(of body: ByteBuffer, count: Int) -> [String] {
        if count <= maximumArmored, let text = MessageArmor.encode(body.readableBytesSpan) {
            return [String(decoding: text, as: UTF8.self)]
        }
        guard body.readableBytes == count, let text = String(validating: body.readableBytesView, as: UTF8.self),
            !text.unicodeScalars.contains(where: { $0.isControl && $0 != "\n" && $0 != "\t" })
        else {
            return ["(\(count) bytes of binary; not shown: >file keeps them)"]
        }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.count > 1, lines.last == "" { lines.removeLast() }
        return lines.map { TerminalText.escaped(String($0)) }
    }
}
