/// What a store has of the names that it was asked for. Names without an account, or without a key, are absent.
package struct FoundAccounts: Sendable {
    package var accounts: [String: Account] = [:]
    /// The keys of each name: of every purpose and version.
    package var keys: [String: [AccountKey]] = [:]

    package init() {}
}

extension AccountStore {
    package func account(named name: String) async throws(StoreError) -> Account? {
        try await find(accounts: [name], keysOf: []).accounts[name]
    }
}
