/// The root keys that are in use: the current one, which wraps, and the previous ones, which still unwrap what has not
/// been wrapped anew.
package struct RootKeys: Sendable {
    /// The one that wraps.
    package let current: RootKey
    private let keys: [RootKey]

    /// - Parameter keys: one or more; the first is the current one.
    package init(_ keys: [RootKey]) {
        precondition(!keys.isEmpty, "there is no root key")
        current = keys[0]
        self.keys = keys
    }

    /// The key of that name; nil when it is not among them.
    package func key(named id: String) -> RootKey? { keys.first { $0.id == id } }

    /// The ids of all of them, the current one's first.
    package var ids: [String] { keys.map(\.id) }

    /// ``RootKey/wrap(_:account:purpose:version:)`` with the current one; ``RootKey/id`` of it is to be stored beside.
    package func wrap(
        _ key: SecretBytes, account: String, purpose: String, version: UInt32
    ) throws(SealError) -> [UInt8] {
        try current.wrap(key, account: account, purpose: purpose, version: version)
    }

    /// ``RootKey/unwrap(_:account:purpose:version:)`` with the one that `rootID` names.
    ///
    /// - Throws: ``SealError/unknownRootKey`` if none has that id, and what that throws.
    package func unwrap(
        _ wrapped: [UInt8], rootID: String, account: String, purpose: String, version: UInt32
    ) throws(SealError) -> SecretBytes {
        guard let key = keys.first(where: { $0.id == rootID }) else { throw .unknownRootKey }
        return try key.unwrap(wrapped, account: account, purpose: purpose, version: version)
    }
}
