/// An account key made ready to seal and open: what is derived from it is derived once. Whoever keeps one keeps the key,
/// which is wiped when the last copy goes; it takes about a kilobyte. Threads may share it.
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
