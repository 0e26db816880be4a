import Store

/// A store that does what the one inside does, but for what a test makes of it.
package class PassingStore: Store, @unchecked Sendable {
    let inner: any Store

    package init(_ inner: any Store) {
        self.inner = inner
    }

    package func add(_ account: NewAccount) async throws(StoreError) { try await inner.add(account) }

    package func account(named name: String) async throws(StoreError) -> Account? {
        try await inner.account(named: name)
    }

    package func accountAndKey(named name: String, purpose: KeyPurpose) async throws(StoreError) -> AccountAndKey? {
        try await inner.accountAndKey(named: name, purpose: purpose)
    }

    package func currentKeys(of names: [String], purpose: KeyPurpose) async throws(StoreError) -> [String: AccountKey] {
        try await inner.currentKeys(of: names, purpose: purpose)
    }

    package func key(of name: String, purpose: KeyPurpose, version: UInt32) async throws(StoreError) -> AccountKey? {
        try await inner.key(of: name, purpose: purpose, version: version)
    }

    package func setPassword(_ phc: String, of name: String, ifEpoch epoch: Int64) async throws(StoreError) -> Bool {
        try await inner.setPassword(phc, of: name, ifEpoch: epoch)
    }
}

/// A store in which another change always comes first.
final class LateStore: PassingStore, @unchecked Sendable {
    override func setPassword(_ phc: String, of name: String, ifEpoch epoch: Int64) async throws(StoreError) -> Bool {
        false
    }
}
