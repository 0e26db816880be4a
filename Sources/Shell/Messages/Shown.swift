import Armor
import NIOCore

/// A body as a terminal may show it.
enum Shown {
    /// Octets of a sealed message at most that are shown as text; of a longer one nobody copies the text.
    private static let longestArmoured = 1 << 16

    /// The lines of a text; a sealed message in its text form; of other octets how many they are.
    ///
    /// `count`: how many octets there are; `body` may have none of them when they are too many.
    static func lines(of body: ByteBuffer, count: Int) -> [String] {
        if count <= longestArmoured, let text = Armour.encode(body.readableBytesSpan) {
            return [String(decoding: text, as: UTF8.self)]
        }
        guard body.readableBytes == count, let text = String(validating: body.readableBytesView, as: UTF8.self),
            !text.unicodeScalars.contains(where: { $0 != "\n" && Escaping.isControl($0) })
        else {
            return ["(\(count) octets of binary; not shown: >file keeps them)"]
        }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.count > 1, lines.last == "" { lines.removeLast() }
        return lines.map { Escaping.shown(String($0)) }
    }
}
