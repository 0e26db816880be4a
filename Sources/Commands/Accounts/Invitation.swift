import Armor
import Seal
import Secrets

/// A code that lets one person sign up. The store keeps only its digest.
enum Invitation {
    private static let randomCount = 16

    /// Returns a new code: `clvi1.` and 128 random bits in base64url.
    static func code() -> String { "clvi1.\(Base64URL.encode(Random.bytes(randomCount)))" }

    static func digest(of code: SecretBytes) -> [UInt8] {
        code.withBytes { SHA256.digest($0) }
    }

    static func digest(of code: String) -> [UInt8] {
        SHA256.digest(code.utf8Span.span.bytes)
    }
}
