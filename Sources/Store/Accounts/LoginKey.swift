/// A public key that an account may log in with.
package struct LoginKey: Sendable, Equatable {
    /// The public key, 32 bytes of Ed25519.
    package let publicKey: [UInt8]
    /// The owner's name for the key.
    package let comment: String
    /// The time at which the key was added, in Unix seconds.
    package let created: Int64

    package init(publicKey: [UInt8], comment: String, created: Int64) {
        (self.publicKey, self.comment, self.created) = (publicKey, comment, created)
    }
}

extension Store {
    /// Adds a key to log in with.
    /// - Returns: false, and nothing is added, if the account has `limit` keys already, or if there is no such account or
    ///   it is forgotten.
    /// - Throws: `.exists` if the account has this key.
    package func addLoginKey(_ key: LoginKey, to name: String, limit: Int) async throws(StoreError) -> Bool {
        try await write { connection in
            // Requests for the same account come here one after another. The next statement sees the last one's key.
            guard let account = try connection.one(SQL.lockHolder, [.text(name)], { row in try row.value(0) as Int64 })
            else { return false }
            let keys = try connection.all(SQL.keysOf, [.integer(account)]) { row in try row.value(0) as [UInt8] }
            guard !keys.contains(key.publicKey) else { throw StoreError.exists }
            guard keys.count < limit else { return false }
            try key.insert(for: account, on: connection)
            return true
        }
    }

    /// Removes a key, and returns false if the account has no such key.
    package func removeLoginKey(_ publicKey: [UInt8], of name: String) async throws(StoreError) -> Bool {
        try await write { try $0.change(SQL.remove, [.bytes(publicKey), .text(name)]) == 1 }
    }

    /// Returns the account's keys, the oldest one first; none if there is no such account.
    package func loginKeys(of name: String) async throws(StoreError) -> [LoginKey] {
        try await read { try $0.all(SQL.list, [.text(name)]) { row in try LoginKey(row) } }
    }
}

// MARK: - The row

extension LoginKey {
    /// Reads public, comment and created.
    fileprivate init(_ row: any StoreRow) throws(StoreError) {
        self.init(publicKey: try row.value(0), comment: try row.value(1), created: try row.value(2))
    }

    /// Adds the row of the key.
    func insert(for account: Int64, on connection: any StoreConnection) throws {
        try connection.change(
            SQL.insert, [.integer(account), .bytes(publicKey), .text(comment), .integer(created)])
    }
}

private enum SQL {
    static let lockHolder: SQLText = "SELECT id FROM accounts WHERE name = ?1 AND state <> 'forgotten' \(.forUpdate)"
    static let keysOf: SQLText = "SELECT public FROM login_keys WHERE account_id = ?1"
    static let insert: SQLText = """
        INSERT INTO login_keys (account_id, public, comment, created) VALUES (?1, ?2, ?3, ?4)
        """
    static let remove: SQLText = """
        DELETE FROM login_keys WHERE public = ?1 AND account_id = (SELECT id FROM accounts WHERE name = ?2)
        """
    static let list: SQLText = """
        SELECT k.public, k.comment, k.created FROM accounts a JOIN login_keys k ON k.account_id = a.id
        WHERE a.name = ?1 ORDER BY k.created, k.public
        """
}
