import Armor
import Secrets

/// The key that wraps all account keys. It uses XAES-256-GCM with a key that is derived from it by HKDF-SHA-256 (no
/// salt, info `"clavero/1 account keys"`). The associated data is `"clavero/1 account key" 00 account 00 purpose 00
/// version(u32)`.
package struct RootKey: Sendable {
    /// The name of the key, which does not reveal it: base64url of the first 6 bytes of SHA-256 of `"clavero/1 root
    /// id"` and the key.
    package let id: String
    private let wrapping: XAESKey

    /// - Throws: ``SealError/malformed`` if there are not 32 bytes.
    package init(_ bytes: SecretBytes) throws(SealError) {
        guard bytes.count == XAES256GCM.keyCount else { throw .malformed }
        wrapping = try XAESKey(
            HKDF.sha256(bytes, salt: [], info: Array("clavero/1 account keys".utf8), count: XAES256GCM.keyCount))
        let label = Array("clavero/1 root id".utf8)
        let labelled = SecretBytes(count: label.count + bytes.count) { buffer in
            buffer.copyBytes(from: label)
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[label.count...])
            bytes.withUnsafeBytes { rest.copyMemory(from: $0) }
        }
        id = Base64URL.encode(Array(labelled.withBytes { SHA256.digest($0) }.prefix(6)))
    }

    /// Wraps `key`. Only the same account, purpose, and version can unwrap it.
    ///
    /// - Throws: ``SealError/malformed`` if a name contains NUL.
    package func wrap(
        _ key: SecretBytes, account: String, purpose: String, version: UInt32
    ) throws(SealError) -> [UInt8] {
        let nonce = Random.bytes(XAES256GCM.nonceCount)
        return try withAssociated(account, purpose, version) { (associated) throws(SealError) in
            try [UInt8](count: key.count + XAES256GCM.overhead) { (output) throws(SealError) in
                try key.withBytes { (bytes) throws(SealError) in
                    try XAES256GCM(encrypting: true).seal(
                        bytes, under: wrapping, nonce: nonce.span.bytes, associated, into: output)
                }
            }
        }
    }

    /// Returns the key that ``wrap(_:account:purpose:version:)`` was given.
    ///
    /// - Throws: ``SealError/malformed`` if `wrapped` is too short or a name contains NUL, ``SealError/damaged`` if it
    ///   was changed, or wrapped under another root key or for another account, purpose, or version.
    package func unwrap(
        _ wrapped: [UInt8], account: String, purpose: String, version: UInt32
    ) throws(SealError) -> SecretBytes {
        guard wrapped.count >= XAES256GCM.overhead else { throw .malformed }
        return try withAssociated(account, purpose, version) { (associated) throws(SealError) in
            try SecretBytes(count: wrapped.count - XAES256GCM.overhead) { (output) throws(SealError) in
                try XAES256GCM(encrypting: false).open(
                    wrapped.span.bytes, under: wrapping, associated, into: output)
            }
        }
    }

    private func withAssociated<Result>(
        _ account: String, _ purpose: String, _ version: UInt32, _ body: (RawSpan) throws(SealError) -> Result
    ) throws(SealError) -> Result {
        guard !account.utf8.contains(0), !purpose.utf8.contains(0) else { throw .malformed }
        return try withAssociatedData("clavero/1 account key", account, purpose, version: version, body)
    }
}
