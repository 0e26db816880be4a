import Crypto
import Seal

/// An Ed25519 public key (RFC 8032).
package struct VerifyingKey: Sendable {
    package static let signatureCount = 64

    /// The 32 bytes of the key.
    package let raw: [UInt8]
    private let key: Curve25519.Signing.PublicKey

    /// - Throws: ``SealError/malformed`` if `raw` is not 32 bytes.
    package init(raw: [UInt8]) throws(SealError) {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw) else { throw .malformed }
        self.raw = raw
        self.key = key
    }

    /// Returns whether `signature` is this key's signature of `message`. A signature of another length is not.
    ///
    /// The rules are the same as OpenSSL's: S is below the order of the group, the equation is checked without the
    /// cofactor, and points of small order are accepted.
    package func isValid(_ signature: RawSpan, for message: RawSpan) -> Bool {
        signature.withUnsafeBytes { signature in
            message.withUnsafeBytes { message in key.isValidSignature(signature, for: message) }
        }
    }
}

extension VerifyingKey: Equatable {
    package static func == (left: VerifyingKey, right: VerifyingKey) -> Bool { left.raw == right.raw }
}
