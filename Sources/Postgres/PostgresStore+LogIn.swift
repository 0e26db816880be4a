import Store

extension PostgresStore {
    package func addLoginKey(
        _ key: LoginKey, to name: String, limit: Int
    ) async throws(StoreError) -> Bool {
        try await write { transaction in
            // Those who add to the same account come here one after another; the statement after sees what the last did.
            guard let row = try transaction.row(SQL.lockHolder, .text(name)) else { return false }
            let id = try row.value { $0.integer(0) }
            let keys = try transaction.rows(SQL.keysOf, .integer(id)).map { row in try row.value { $0.bytes(0) } }
            guard !keys.contains(key.publicKey) else { throw StoreError.exists }
            guard keys.count < limit else { return false }
            try Self.insert(key, of: id, in: transaction)
            return true
        }
    }

    package func removeLoginKey(_ publicKey: [UInt8], of name: String) async throws(StoreError) -> Bool {
        try await write { try $0.change(SQL.removeKey, .bytes(publicKey), .text(name)) == 1 }
    }

    package func loginKeys(of name: String) async throws(StoreError) -> [LoginKey] {
        try await read { try $0.rows(SQL.listKeys, .text(name)).map { row in try LoginKey(row) } }
    }

    static func insert(_ key: LoginKey, of id: Int64, in transaction: PostgresTransaction) throws {
        try transaction.change(
            SQL.insertKey, .integer(id), .bytes(key.publicKey), .text(key.comment), .integer(key.created))
    }
}

private enum SQL {
    static let lockHolder = "SELECT id FROM accounts WHERE name = $1 AND state <> 'forgotten' FOR UPDATE"
    static let keysOf = "SELECT public FROM login_keys WHERE account_id = $1"
    static let insertKey = "INSERT INTO login_keys (account_id, public, comment, created) VALUES ($1, $2, $3, $4)"
    static let removeKey = """
        DELETE FROM login_keys WHERE public = $1 AND account_id = (SELECT id FROM accounts WHERE name = $2)
        """
    static let listKeys = """
        SELECT k.public, k.comment, k.created FROM accounts a JOIN login_keys k ON k.account_id = a.id
        WHERE a.name = $1 ORDER BY k.created, k.public
        """
}
