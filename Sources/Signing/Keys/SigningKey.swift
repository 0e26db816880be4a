import Crypto
import Seal
import Secrets

/// An Ed25519 private key (RFC 8032). It signs messages themselves, not their digests.
///
/// swift-crypto computes Ed25519 in a third of the time that OpenSSL 3.0 takes. It wipes its keys, but not its stack,
/// so each use of a private key runs inside `wipingStack`.
package struct SigningKey: Sendable {
    /// The 32 bytes from which the key is derived. They are stored wrapped.
    package let seed: SecretBytes
    /// The 32 bytes of the public key.
    package let rawPublicKey: [UInt8]
    private let key: Curve25519.Signing.PrivateKey

    /// Makes a new key.
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

    /// The public key for signatures of this key. It is made at each call, because few users of a key need it.
    package var publicKey: VerifyingKey {
        do {
            return try VerifyingKey(raw: rawPublicKey)
        } catch {
            fatalError("swift-crypto does not take the public key that it gave: \(error)")
        }
    }

    /// Returns the signature of `message`, which has 64 bytes.
    package func sign(_ message: RawSpan) throws(SealError) -> [UInt8] {
        do {
            return Array(try wipingStack { try message.withUnsafeBytes { try key.signature(for: $0) } })
        } catch {
            throw .engine("Curve25519.Signing.PrivateKey.signature")
        }
    }
}
