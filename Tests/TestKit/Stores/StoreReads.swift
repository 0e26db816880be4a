import Store

/// Shorter ways to read a single value from a store.
extension Store {
    /// Returns the current key of each name. Names without an account or without a key are absent.
    package func currentKeys(of names: [String], purpose: KeyPurpose) async throws(StoreError) -> [String: AccountKey] {
        try await find(accounts: [], keysOf: names).keys.compactMapValues { keys in
            keys.filter { $0.purpose == purpose }.max { $0.version < $1.version }
        }
    }

    /// Returns one version of a key, current or not; nil if it does not exist.
    package func key(of name: String, purpose: KeyPurpose, version: UInt32) async throws(StoreError) -> AccountKey? {
        let keys = try await find(accounts: [], keysOf: [name]).keys[name]
        return keys?.first { $0.purpose == purpose && $0.version == version }
    }

    /// Returns the count of wrong log-ins for one account from one network.
    package func logInFailures(of account: String, from network: String) async throws(StoreError) -> LogInFailures? {
        try await logInFailures(of: [LogInSource(account: account, network: network)])[0]
    }

    /// Counts one wrong log-in for an account from a network.
    package func recordLogInFailure(
        of account: String, from network: String, at now: Int64, forgetting start: Int64
    ) async throws(StoreError) -> Int {
        let source = LogInSource(account: account, network: network)
        return try await recordLogInFailure(of: [source], at: now, forgetting: start, notAfter: now)[0]
    }
}
