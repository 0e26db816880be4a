import Armor
import NIOCore
import Seal
import Secrets
import Wire

/// The kinds of codes that are shown once and used once. The store keeps only their digests.
enum SecretCode: String {
    /// A code that lets one person sign up.
    case invitation = "clvi1."
    /// A code that gives an account a new password.
    case recovery = "clvr1."

    private static let randomCount = 16

    /// Returns a new code: the prefix of its kind, and 128 random bits in base64url.
    func make() -> String { rawValue + Base64URL.encode(Random.bytes(Self.randomCount)) }

    static func digest(of code: SecretBytes) -> [UInt8] {
        code.withBytes { SHA256.digest($0) }
    }

    static func digest(of code: String) -> [UInt8] {
        SHA256.digest(code.utf8Span.span.bytes)
    }
}

extension Parameter where Value == [UInt8] {
    /// Returns a parameter for a `SecretCode`. Its value is the digest of the code.
    static func codeDigest(_ label: String, key: String) -> Self {
        Self(label, key: key, type: .secret) { code throws(Failure) in
            SecretCode.digest(of: SecretBytes(copying: code.readableBytesSpan))
        }
    }
}
