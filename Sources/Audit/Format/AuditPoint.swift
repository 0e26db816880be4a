import Armor
import Seal

/// A reference to a line of a log: its number, and its SHA-256 in base64url.
package struct AuditPoint: Sendable, Hashable {
    package let seq: UInt64
    package let hash: String

    package init(seq: UInt64, hash: String) {
        (self.seq, self.hash) = (seq, hash)
    }

    /// The point before the first line of a log.
    static let origin = AuditPoint(seq: 0, hash: "")

    init(seq: UInt64, line: RawSpan) {
        self.init(seq: seq, hash: Base64URL.encode(SHA256.digest(line)))
    }
}
