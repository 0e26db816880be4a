import Store

extension PostgresStore {
    package func logInFailures(of sources: [LogInSource]) async throws(StoreError) -> [LogInFailures?] {
        guard !sources.isEmpty else { return [] }
        let found = try await read { session in
            let parameters = sources.flatMap { [PostgresValue.text($0.account), .text($0.network)] }
            return try session.rows(SQL.find(sources.count), parameters).map { row in
                let source = LogInSource(
                    account: try row.value { $0.text(0) }, network: try row.value { $0.text(1) })
                return (source, try LogInFailures(row, from: 2))
            }
        }
        let counts = Dictionary(found) { first, _ in first }
        return sources.map { counts[$0] }
    }

    package func recordLogInFailure(
        of sources: [LogInSource], at now: Int64, forgetting start: Int64, notAfter end: Int64
    ) async throws(StoreError) -> [Int] {
        try await write { transaction in
            let counts = try sources.map { source in
                let row = try transaction.row(
                    SQL.count, .text(source.account), .text(source.network), .integer(now), .integer(start),
                    .integer(end))
                guard let row else { throw StoreError.corrupt }
                return Int(try row.value { $0.integer(0) })
            }
            try transaction.change(SQL.dropOld, .integer(start))
            return counts
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

    package func unlockLogIns(of account: String, at now: Int64) async throws(StoreError) -> Bool {
        try await write { transaction in
            let had = try transaction.change(SQL.clearCounts, .text(account)) > 0
            try transaction.change(SQL.unlock, .text(account), .integer(now))
            return had
        }
    }

    package func clearLogInFailures(ofNetworks networks: [String]) async throws(StoreError) -> Bool {
        try await write { transaction in
            try networks.map { try transaction.change(SQL.clearOne, .text(""), .text($0)) }.contains { $0 > 0 }
        }
    }

    package func trimLogInFailures(to count: Int) async throws(StoreError) {
        try await write { transaction in _ = try transaction.change(SQL.trim, .integer(Int64(count))) }
    }
}

private enum SQL {
    static func find(_ count: Int) -> String {
        let pairs = (0..<count).map { "($\(2 * $0 + 1), $\(2 * $0 + 2))" }.joined(separator: ", ")
        return "SELECT account, network, failures, last FROM login_failures WHERE (account, network) IN (\(pairs))"
    }

    /// The parameters are the account, the network, now, the start and the end.
    static let count = """
        INSERT INTO login_failures AS f (account, network, failures, last) VALUES ($1, $2, 1, $3)
        ON CONFLICT (account, network) DO UPDATE SET
            failures = CASE WHEN f.last BETWEEN $4 AND $5 THEN f.failures + 1 ELSE 1 END,
            last = CASE WHEN f.last NOT BETWEEN $4 AND $5 THEN $3 WHEN f.account = '' THEN f.last
                ELSE greatest(f.last, $3) END
        RETURNING failures
        """
    /// The condition is given twice: a row that is counted meanwhile is no longer old. Rows that another transaction
    /// counts or drops are skipped, so that two transactions never wait for each other.
    static let dropOld = """
        DELETE FROM login_failures WHERE last < $1 AND (account, network) IN
            (SELECT account, network FROM login_failures WHERE last < $1 ORDER BY last LIMIT 100
                FOR UPDATE SKIP LOCKED)
        """
    static let clear = "DELETE FROM login_failures WHERE account = $1"
    static let clearOne = clear + " AND network = $2"
    static let clearCounts = clear + " AND network <> ''"
    static let unlock = """
        INSERT INTO login_failures (account, network, failures, last) VALUES ($1, '', 0, $2)
        ON CONFLICT (account, network) DO UPDATE SET last = excluded.last
        """
    static let trim = """
        DELETE FROM login_failures WHERE last < (SELECT last FROM login_failures ORDER BY last DESC LIMIT 1 OFFSET $1)
        """
}
