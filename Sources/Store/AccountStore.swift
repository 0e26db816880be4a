/// The part of a store that keeps accounts and their keys.
package protocol AccountStore: Sendable {
    /// Adds the account and its keys, and uses up its invitation: all of it or nothing. `.exists` when the name is
    /// taken, or was once; `.accountKey` when its log-in key is a signing key of some account, in any version;
    /// `.rootChanged` when the site has a root key and a key is wrapped under another; `.notInvited` when the invitation is
    /// not there or has expired; `.tooManySignUps` when one of its bounds is reached. The first of these is thrown, in this
    /// order. `.noRoom` and `.logTooLong` come before all of them.
    func add(_ account: NewAccount) async throws(StoreError)

    /// Counts nothing. `.tooManySignUps` when one of the bounds is reached, the first of them.
    func checkSignUps(_ bounds: [SignUpBound], at now: Int64) async throws(StoreError)

    /// Makes an invitation, which `add` takes once and before it expires. Those that expired are dropped. `.exists`
    /// when there is one of this digest.
    func addInvitation(_ digest: [UInt8], created: Int64, expires: Int64) async throws(StoreError)

    /// Whether there is an invitation of this digest that `add` would take at `now`.
    func hasInvitation(_ digest: [UInt8], at now: Int64) async throws(StoreError) -> Bool

    /// The accounts of some names, and the keys of some, in one read.
    func find(accounts: [String], keysOf: [String]) async throws(StoreError) -> FoundAccounts

    /// The accounts whose names come after `name`, or from the first on, as many as `limit`; ordered by name, octet by
    /// octet.
    func accounts(after name: String?, limit: Int) async throws(StoreError) -> [Account]

    /// Whether it is the public key of some account, in any version.
    func isAccountKey(_ publicKey: [UInt8]) async throws(StoreError) -> Bool

    /// Replaces the password and raises the epoch by one, both or neither. False, and nothing is changed, when the
    /// epoch is no longer `epoch` (another change came first), or there is no such account or it is forgotten.
    func setPassword(_ phc: String, of name: String, ifEpoch epoch: Int64) async throws(StoreError) -> Bool

    /// Replaces the hash of the same password: the epoch stays. False, and nothing is changed, when the hash is no
    /// longer `old`.
    func rehash(_ phc: String, of name: String, replacing old: String) async throws(StoreError) -> Bool

    /// Raises the epoch by one. False when it is no longer `epoch` or there is no such account.
    func raiseEpoch(of name: String, ifEpoch epoch: Int64) async throws(StoreError) -> Bool

    /// Makes the account active, or disables it and raises its epoch by one. False when there is no such account or it
    /// is forgotten. That state itself is `forget`'s to set: it is a mistake here.
    func setState(_ state: AccountState, of name: String) async throws(StoreError) -> Bool

    /// Erases the account's keys, its log-in keys, its password and its failures to log in, and raises its epoch by one.
    /// The name stays taken.
    func forget(_ name: String) async throws(StoreError) -> Forgetting
}

/// What became of an account that was to be forgotten.
package enum Forgetting: Sendable, Equatable {
    /// There is no such account, or it was forgotten before. Nothing was changed.
    case noSuchAccount
    /// Nothing of it is in the files any more.
    case erased
    /// It is erased from the database, but somebody who reads it keeps the log from being emptied, and the log has it
    /// still. That is tried again after every later write of this store, and when a store is opened, until it is done.
    case leftInLog
    /// It is erased from the tables. Its server writes over the rows when it vacuums, and keeps its log as it is told to.
    case leftToServer
}
