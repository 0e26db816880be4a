import GRDB

extension SQLiteStore {
    package func forget(_ name: String) async throws(StoreError) -> Forgetting {
        let isForgotten = try await write { database in
            try database.cachedStatement(sql: SQL.forget).execute(arguments: [name])
            guard database.changesCount == 1 else { return false }
            for sql in [SQL.keys, SQL.loginKeys, SQL.failures] {
                try database.cachedStatement(sql: sql).execute(arguments: [name])
            }
            try Self.renewMark(in: database)
            return true
        }
        guard isForgotten else { return .noSuchAccount }
        return await emptyLog() ? .erased : .leftInLog
    }
}

private enum SQL {
    static let forget = """
        UPDATE accounts SET state = 'forgotten', password = '', epoch = epoch + 1
        WHERE name = ? AND state <> 'forgotten'
        """
    static let keys = "DELETE FROM account_keys WHERE account_id = (SELECT id FROM accounts WHERE name = ?)"
    static let loginKeys = "DELETE FROM login_keys WHERE account_id = (SELECT id FROM accounts WHERE name = ?)"
    static let failures = "DELETE FROM login_failures WHERE account = ?"
}
