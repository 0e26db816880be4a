/// The part of a store that keeps the public keys that accounts log in with.
package protocol LoginKeyStore: Sendable {
    /// False, and nothing is added, when the account has `limit` of them, or there is no such account or it is
    /// forgotten. `.exists` when it has this one.
    func addLoginKey(_ key: LoginKey, to name: String, limit: Int) async throws(StoreError) -> Bool

    /// False when the account has no such key.
    func removeLoginKey(_ publicKey: [UInt8], of name: String) async throws(StoreError) -> Bool

    /// The oldest first; none when there is no such account.
    func loginKeys(of name: String) async throws(StoreError) -> [LoginKey]
}
