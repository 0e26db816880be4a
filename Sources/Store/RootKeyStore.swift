/// The part of a store that knows which root key wraps the keys.
package protocol RootKeyStore: Sendable {
    /// The id of the root key under which keys are wrapped now; nil as long as it was never set.
    func rootKeyID() async throws(StoreError) -> String?

    /// False, and nothing is changed, when the id is not `old`; nil stands for never set.
    func setRootKeyID(_ id: String, replacing old: String?) async throws(StoreError) -> Bool

    /// As many as `limit` of the keys that are wrapped under any other root key.
    func keys(notUnder rootID: String, limit: Int) async throws(StoreError) -> [AccountKey]

    /// Replaces each wrapped key by the same key wrapped under `rootID`, unless it is no longer wrapped as `key` says.
    /// Returns how many were replaced.
    func rewrap(_ keys: [(key: AccountKey, wrapped: [UInt8])], under rootID: String) async throws(StoreError) -> Int

    /// How many keys there are under each root key.
    func keyCounts() async throws(StoreError) -> [String: Int]
}
