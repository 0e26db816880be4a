import GRDB

extension SQLiteStore {
    package func logInFailures(
        of account: String, from network: String
    ) async throws(StoreError) -> LogInFailures? {
        try await read { database in
            let statement = try database.cachedStatement(sql: SQL.find)
            return try Row.fetchOne(statement, arguments: [account, network]).map { row in try LogInFailures(row) }
        }
    }

    package func recordLogInFailure(
        of account: String, from network: String, at now: Int64, forgetting before: Int64
    ) async throws(StoreError) -> Int {
        try await write { database in
            let statement = try database.cachedStatement(sql: SQL.count)
            let arguments: StatementArguments = [account, network, now, before]
            guard let row = try Row.fetchOne(statement, arguments: arguments) else { throw StoreError.corrupt }
            try database.cachedStatement(sql: SQL.dropOld).execute(arguments: [before])
            return try row.value(0)
        }
    }

    package func clearLogInFailures(
        of account: String, from network: String?
    ) async throws(StoreError) -> Bool {
        guard let network else { return try await change(SQL.clear, [account]) > 0 }
        return try await change(SQL.clearOne, [account, network]) > 0
    }
}

private enum SQL {
    static let find = "SELECT failures, last FROM login_failures WHERE account = ? AND network = ?"
    static let count = """
        INSERT INTO login_failures (account, network, failures, last) VALUES (?, ?, 1, ?)
        ON CONFLICT (account, network) DO UPDATE SET last = excluded.last,
            failures = CASE WHEN login_failures.last < ? THEN 1 ELSE login_failures.failures + 1 END
        RETURNING failures
        """
    static let dropOld = """
        DELETE FROM login_failures WHERE (account, network) IN
            (SELECT account, network FROM login_failures WHERE last < ? ORDER BY last LIMIT 100)
        """
    static let clear = "DELETE FROM login_failures WHERE account = ?"
    static let clearOne = clear + " AND network = ?"
}
