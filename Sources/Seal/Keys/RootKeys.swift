import Secrets

/// The root keys in use. The current one wraps keys. The previous ones unwrap keys that have not been wrapped again.
package struct RootKeys: Sendable {
    /// The key that wraps.
    package let current: RootKey
    private let keys: [RootKey]

    /// - Parameter keys: one or more keys, of which the first is the current one.
    package init(_ keys: [RootKey]) {
        precondition(!keys.isEmpty, "there is no root key")
        current = keys[0]
        self.keys = keys
    }

    /// Returns the key with that id; nil if there is none.
    package func key(named id: String) -> RootKey? { keys.first { $0.id == id } }

    /// The ids of all keys, with the current one first.
    package var ids: [String] { keys.map(\.id) }

    /// Wraps `key` with the current root key. The caller stores that root key's ``RootKey/id`` beside the result.
    package func wrap(
        _ key: SecretBytes, account: String, purpose: String, version: UInt32
    ) throws(SealError) -> [UInt8] {
        try current.wrap(key, account: account, purpose: purpose, version: version)
    }

    /// Unwraps a key with the root key that `rootID` names.
    ///
    /// - Throws: ``SealError/unknownRootKey`` if no root key has that id, and the errors of
    ///   ``RootKey/unwrap(_:account:purpose:version:)``.
    package func unwrap(
        _ wrapped: [UInt8], rootID: String, account: String, purpose: String, version: UInt32
    ) throws(SealError) -> SecretBytes {
        guard let key = keys.first(where: { $0.id == rootID }) else { throw .unknownRootKey }
        return try key.unwrap(wrapped, account: account, purpose: purpose, version: version)
    }
}
