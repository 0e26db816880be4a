/// Accounts and their keys, kept.
///
/// A write that has returned is on disk. A read sees every write that returned before it began, on this store and on
/// any other that has the same database open. No call blocks the thread of its caller. Names are taken as they are:
/// they are made canonical before they come here.
package protocol Store: Sendable {
    /// Adds the account and its keys, both or neither. `.exists` when the name is taken.
    func add(_ account: NewAccount) async throws(StoreError)

    func account(named name: String) async throws(StoreError) -> Account?

    /// The account and its current key, in one read; nil when there is no such account.
    func accountAndKey(named name: String, purpose: KeyPurpose) async throws(StoreError) -> AccountAndKey?

    /// The current key of each name, in one read. Names without an account or without a key are absent.
    func currentKeys(of names: [String], purpose: KeyPurpose) async throws(StoreError) -> [String: AccountKey]

    /// One version of a key, current or not; nil when there is none.
    func key(of name: String, purpose: KeyPurpose, version: UInt32) async throws(StoreError) -> AccountKey?

    /// Replaces the password and raises the epoch by one, both or neither. False, and nothing is changed, when the
    /// epoch is no longer `epoch` (another change came first) or there is no such account.
    func setPassword(_ phc: String, of name: String, ifEpoch epoch: Int64) async throws(StoreError) -> Bool
}
