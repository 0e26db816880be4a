import Secrets

/// An account key that is prepared for sealing and opening: the keys derived from it are computed once. It takes about
/// a kilobyte, and is wiped with its last copy. Threads may share it.
package struct EnvelopeKey: Sendable {
    let wrapping: XAESKey

    /// - Throws: ``SealError/malformed`` if the account key is not 32 bytes.
    package init(_ accountKey: SecretBytes) throws(SealError) {
        guard accountKey.count == XAES256GCM.keyCount else { throw .malformed }
        wrapping = try XAESKey(Self.wrappingKey(accountKey))
    }

    static func wrappingKey(_ accountKey: SecretBytes) throws(SealError) -> SecretBytes {
        try HKDF.sha256(accountKey, salt: [], info: Array("clavero/1 wrap".utf8), count: XAES256GCM.keyCount)
    }
}

extension EnvelopeKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "EnvelopeKey" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
