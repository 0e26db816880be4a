import Crypto
import Seal

/// An Ed25519 private key (RFC 8032), which signs messages as they are, without hashing them first.
///
/// swift-crypto computes Ed25519 in a third of the time that OpenSSL 3.0 takes. It wipes the keys that it holds, but not
/// its stack, so each use of a private key is inside `wipingStack`.
package struct SigningKey: Sendable {
    /// The 32 bytes that the key is made from, to be stored wrapped.
    package let seed: SecretBytes
    /// The 32 bytes of the public key.
    package let rawPublicKey: [UInt8]
    private let key: Curve25519.Signing.PrivateKey

    /// A new key.
    package init() {
        do {
            try self.init(seed: .random(count: 32))
        } catch {
            fatalError("swift-crypto cannot make an Ed25519 key: \(error)")
        }
    }

    /// - Throws: ``SealError/malformed`` if `seed` is not 32 bytes.
    package init(seed: SecretBytes) throws(SealError) {
        guard seed.count == 32 else { throw .malformed }
        self.seed = seed
        do {
            key = try wipingStack {
                try seed.withUnsafeBytes { try Curve25519.Signing.PrivateKey(rawRepresentation: $0) }
            }
        } catch {
            throw .engine("Curve25519.Signing.PrivateKey")
        }
        rawPublicKey = Array(key.publicKey.rawRepresentation)
    }

    /// The key that verifies what this one signed. It is made anew at each call: few who sign also verify.
    package var publicKey: VerifyingKey {
        do {
            return try VerifyingKey(raw: rawPublicKey)
        } catch {
            fatalError("swift-crypto does not take the public key that it gave: \(error)")
        }
    }

    /// The 64 bytes of the signature of `message`.
    package func sign(_ message: RawSpan) throws(SealError) -> [UInt8] {
        do {
            return Array(try wipingStack { try message.withUnsafeBytes { try key.signature(for: $0) } })
        } catch {
            throw .engine("Curve25519.Signing.PrivateKey.signature")
        }
    }
}
