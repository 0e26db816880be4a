/// The accounts and keys that a store has of the names that it was asked for. Names without an account, or without a
/// key, are absent.
package struct FoundAccounts: Sendable {
    package var accounts: [String: Account] = [:]
    /// The live keys of each name, of every purpose.
    package var keys: [String: [AccountKey]] = [:]

    package init() {}
}

extension Store {
    /// Returns the accounts of some names, and the live keys of some, from one read.
    package func find(accounts: [String], keysOf: [String]) async throws(StoreError) -> FoundAccounts {
        try await read { connection in
            var found = FoundAccounts()
            for batch in NameBatch.split(accounts) {
                try connection.run(batch.text(of: SQL.accountsNamed), batch.arguments) { row in
                    let account = try Account(row)
                    found.accounts[account.name] = account
                }
            }
            for batch in NameBatch.split(keysOf) {
                try connection.run(batch.text(of: SQL.keysOf), batch.arguments) { row in
                    let key = try AccountKey(row)
                    found.keys[key.account, default: []].append(key)
                }
            }
            return found
        }
    }

    package func account(named name: String) async throws(StoreError) -> Account? {
        try await find(accounts: [name], keysOf: []).accounts[name]
    }

    /// Returns up to `limit` accounts whose names come after `name`, or from the first one on. They are ordered by name,
    /// byte by byte.
    package func accounts(after name: String?, limit: Int) async throws(StoreError) -> [Account] {
        try await read { connection in
            try connection.all(SQL.accounts, [.text(name ?? ""), .number(limit)]) { row in try Account(row) }
        }
    }

    /// Whether this is the public key of some account, in any version.
    package func isAccountKey(_ publicKey: [UInt8]) async throws(StoreError) -> Bool {
        try await read { connection in try Self.isAccountKey(publicKey, on: connection) }
    }

    static func isAccountKey(_ publicKey: [UInt8], on connection: any StoreConnection) throws -> Bool {
        try connection.finds(SQL.holdsKey, [.bytes(publicKey)])
    }
}

private enum SQL {
    static let accountsNamed = NameBatch.series("SELECT \(Account.columns) FROM accounts WHERE name IN")
    static let accounts: SQLText = "SELECT \(Account.columns) FROM accounts WHERE name > ?1 ORDER BY name LIMIT ?2"
    static let keysOf = NameBatch.series(
        """
        SELECT \(AccountKey.columns) FROM accounts a JOIN account_keys k ON k.account_id = a.id
        WHERE k.state = 'live' AND a.name IN
        """)
    static let holdsKey: SQLText = "SELECT public FROM account_keys WHERE public = ?1 LIMIT 1"
}
