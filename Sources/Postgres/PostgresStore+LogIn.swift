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

    // MARK: - Failures

    package func logInFailures(
        of account: String, from network: String
    ) async throws(StoreError) -> LogInFailures? {
        try await read { try $0.row(SQL.find, .text(account), .text(network)).map { row in try LogInFailures(row) } }
    }

    package func recordLogInFailure(
        of account: String, from network: String, at now: Int64, forgetting before: Int64
    ) async throws(StoreError) -> Int {
        try await write { transaction in
            let row = try transaction.row(
                SQL.count, .text(account), .text(network), .integer(now), .integer(before))
            guard let row else { throw StoreError.corrupt }
            try transaction.change(SQL.dropOld, .integer(before))
            return Int(try row.value { $0.integer(0) })
        }
    }

    package func clearLogInFailures(
        of account: String, from network: String?
    ) async throws(StoreError) -> Bool {
        try await write { transaction in
            guard let network else { return try transaction.change(SQL.clear, .text(account)) > 0 }
            return try transaction.change(SQL.clearOne, .text(account), .text(network)) > 0
        }
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
    static let find = "SELECT failures, last FROM login_failures WHERE account = $1 AND network = $2"
    static let count = """
        INSERT INTO login_failures (account, network, failures, last) VALUES ($1, $2, 1, $3)
        ON CONFLICT (account, network) DO UPDATE SET last = excluded.last,
            failures = CASE WHEN login_failures.last < $4 THEN 1 ELSE login_failures.failures + 1 END
        RETURNING failures
        """
    /// Looked at again outside: one that is counted meanwhile is not old any more.
    static let dropOld = """
        DELETE FROM login_failures WHERE last < $1 AND (account, network) IN
            (SELECT account, network FROM login_failures WHERE last < $1 ORDER BY last LIMIT 100)
        """
    static let clear = "DELETE FROM login_failures WHERE account = $1"
    static let clearOne = clear + " AND network = $2"
}
