import Store

extension AccountStore {
    /// The current key of each name. Names without an account or without a key are absent.
    package func currentKeys(of names: [String], purpose: KeyPurpose) async throws(StoreError) -> [String: AccountKey] {
        try await find(accounts: [], keysOf: names).keys.compactMapValues { keys in
            keys.filter { $0.purpose == purpose }.max { $0.version < $1.version }
        }
    }

    /// One version of a key, current or not; nil when there is none.
    package func key(of name: String, purpose: KeyPurpose, version: UInt32) async throws(StoreError) -> AccountKey? {
        let keys = try await find(accounts: [], keysOf: [name]).keys[name]
        return keys?.first { $0.purpose == purpose && $0.version == version }
    }
}
