import GRDB

extension SQLiteStore {
    package func logInFailures(of sources: [LogInSource]) async throws(StoreError) -> [LogInFailures?] {
        try await read { database in
            let statement = try database.cachedStatement(sql: SQL.find)
            return try sources.map { source in
                let row = try Row.fetchOne(statement, arguments: [source.account, source.network])
                return try row.map { row in try LogInFailures(row) }
            }
        }
    }

    package func recordLogInFailure(
        of sources: [LogInSource], at now: Int64, forgetting start: Int64, notAfter end: Int64
    ) async throws(StoreError) -> [Int] {
        try await write { database in
            let statement = try database.cachedStatement(sql: SQL.count)
            let counts = try sources.map { source -> Int in
                let arguments: StatementArguments = [source.account, source.network, now, start, end]
                guard let row = try Row.fetchOne(statement, arguments: arguments) else { throw StoreError.corrupt }
                return try row.value(0)
            }
            try database.cachedStatement(sql: SQL.dropOld).execute(arguments: [start])
            return counts
        }
    }

    package func clearLogInFailures(
        of account: String, from network: String?
    ) async throws(StoreError) -> Bool {
        guard let network else { return try await change(SQL.clear, [account]) > 0 }
        return try await change(SQL.clearOne, [account, network]) > 0
    }

    package func unlockLogIns(of account: String, at now: Int64) async throws(StoreError) -> Bool {
        try await write { database in
            try database.cachedStatement(sql: SQL.clearCounts).execute(arguments: [account])
            let had = database.changesCount > 0
            try database.cachedStatement(sql: SQL.unlock).execute(arguments: [account, now])
            return had
        }
    }

    package func clearLogInFailures(ofNetworks networks: [String]) async throws(StoreError) -> Bool {
        try await write { database in
            var had = false
            for network in networks {
                try database.cachedStatement(sql: SQL.clearOne).execute(arguments: ["", network])
                had = had || database.changesCount > 0
            }
            return had
        }
    }

    package func trimLogInFailures(to count: Int) async throws(StoreError) {
        _ = try await change(SQL.trim, [count])
    }
}

private enum SQL {
    static let find = "SELECT failures, last FROM login_failures WHERE account = ? AND network = ?"
    /// The parameters are the account, the network, now, the start and the end.
    static let count = """
        INSERT INTO login_failures (account, network, failures, last) VALUES (?1, ?2, 1, ?3)
        ON CONFLICT (account, network) DO UPDATE SET
            failures = CASE WHEN last BETWEEN ?4 AND ?5 THEN failures + 1 ELSE 1 END,
            last = CASE WHEN last NOT BETWEEN ?4 AND ?5 THEN ?3 WHEN account = '' THEN last ELSE max(last, ?3) END
        RETURNING failures
        """
    static let dropOld = """
        DELETE FROM login_failures WHERE (account, network) IN
            (SELECT account, network FROM login_failures WHERE last < ? ORDER BY last LIMIT 100)
        """
    static let clear = "DELETE FROM login_failures WHERE account = ?"
    static let clearOne = clear + " AND network = ?"
    static let clearCounts = clear + " AND network <> ''"
    static let unlock = """
        INSERT INTO login_failures (account, network, failures, last) VALUES (?, '', 0, ?)
        ON CONFLICT (account, network) DO UPDATE SET last = excluded.last
        """
    static let trim = """
        DELETE FROM login_failures WHERE last < (SELECT last FROM login_failures ORDER BY last DESC LIMIT 1 OFFSET ?)
        """
}
