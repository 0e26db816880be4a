/// The algorithms of keys to log in with. The raw values are stored.
package enum LoginKeyAlgorithm: String, Sendable, CaseIterable {
    case ed25519
}

/// A public key that an account may log in with.
package struct LoginKey: Sendable, Equatable {
    /// The most bytes that a public key may have.
    package static let longest = 1024

    package let algorithm: LoginKeyAlgorithm
    /// The public key, in the form of its algorithm; 32 bytes for Ed25519.
    package let publicKey: [UInt8]
    /// The owner's name for the key.
    package let comment: String
    /// The time at which the key was added, in Unix seconds.
    package let created: Int64

    package init(algorithm: LoginKeyAlgorithm = .ed25519, publicKey: [UInt8], comment: String, created: Int64) {
        (self.algorithm, self.publicKey, self.comment, self.created) = (algorithm, publicKey, comment, created)
    }
}

extension Store {
    /// Adds a key to log in with.
    /// - Returns: false, and nothing is added, if the account has `limit` keys already, or if there is no such account or
    ///   it is forgotten.
    /// - Throws: `.exists` if the account has this key; `.failed` if the key is empty or too long.
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
    /// Reads algorithm, public, comment and created.
    fileprivate init(_ row: any StoreRow) throws(StoreError) {
        self.init(
            algorithm: try row.value(0), publicKey: try row.value(1), comment: try row.value(2),
            created: try row.value(3))
    }

    /// Adds the row of the key.
    func insert(for account: Int64, on connection: any StoreConnection) throws {
        guard 1...Self.longest ~= publicKey.count else {
            throw StoreError.failed("a key to log in with has from 1 to \(Self.longest) bytes")
        }
        try connection.change(
            SQL.insert,
            [
                .integer(account), .text(algorithm.rawValue), .bytes(publicKey), .text(comment), .integer(created),
            ])
    }
}

private enum SQL {
    static let lockHolder: SQLText = "SELECT id FROM accounts WHERE name = ?1 AND state <> 'forgotten' \(.forUpdate)"
    static let keysOf: SQLText = "SELECT public FROM login_keys WHERE account_id = ?1"
    static let insert: SQLText = """
        INSERT INTO login_keys (account_id, algorithm, public, comment, created) VALUES (?1, ?2, ?3, ?4, ?5)
        """
    static let remove: SQLText = """
        DELETE FROM login_keys WHERE public = ?1 AND account_id = (SELECT id FROM accounts WHERE name = ?2)
        """
    static let list: SQLText = """
        SELECT k.algorithm, k.public, k.comment, k.created FROM accounts a JOIN login_keys k ON k.account_id = a.id
        WHERE a.name = ?1 ORDER BY k.created, k.public
        """
}
