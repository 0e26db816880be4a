/// The source of wrong log-ins, and the account they were for.
package struct LogInSource: Sendable, Hashable {
    /// The account's name, which need not exist; empty for a network by itself, whatever the account.
    package let account: String
    /// The network's text; empty for an account that was unlocked.
    package let network: String

    /// The log-ins to an account from a network.
    package init(account: String, network: String) {
        (self.account, self.network) = (account, network)
    }

    /// All log-ins from a network.
    package init(network: String) { self.init(account: "", network: network) }

    /// The note that the operator unlocked an account.
    package init(unlocked account: String) { self.init(account: account, network: "") }

    package var isNetwork: Bool { account.isEmpty }
}

/// The number of wrong log-ins of a source.
package struct LogInFailures: Sendable, Equatable {
    package let count: Int
    /// The time of the last one, in Unix seconds; of a network by itself, the time of the first one.
    package let time: Int64

    package init(count: Int, time: Int64) {
        (self.count, self.time) = (count, time)
    }
}

/// Counts of wrong log-ins. All times are Unix seconds.
extension Store {
    /// Returns the count of each source, in their order, from one read; nil for a source that has none.
    package func logInFailures(of sources: [LogInSource]) async throws(StoreError) -> [LogInFailures?] {
        guard !sources.isEmpty else { return [] }
        let found = try await read { connection in
            try connection.all(SQL.find[sources.count], sources.flatMap(\.key)) { row in
                let source = LogInSource(account: try row.value(0), network: try row.value(1))
                return (source, LogInFailures(count: try row.value(2), time: try row.value(3)))
            }
        }
        return sources.map { source in found.first { $0.0 == source }?.1 }
    }

    /// Counts one more for each source, in one transaction, and returns how many each has now, in their order.
    ///
    /// A count begins anew if its time is before `start` or after `end`: a time in the future was written while a clock
    /// was wrong. Up to 100 counts of any source whose time is before `start` are dropped.
    package func recordLogInFailure(
        of sources: [LogInSource], at now: Int64, forgetting start: Int64, notAfter end: Int64
    ) async throws(StoreError) -> [Int] {
        try await write { connection in
            let counts = try sources.map { source -> Int in
                let arguments = source.key + [.integer(now), .integer(start), .integer(end)]
                guard let count = try connection.one(SQL.count, arguments, { row in try row.value(0) as Int })
                else { throw StoreError.corrupt }
                return count
            }
            try connection.change(SQL.dropOld, [.integer(start)])
            return counts
        }
    }

    /// Drops the account's count from this network, or from every network if it is nil. Returns false if there was none.
    package func clearLogInFailures(of account: String, from network: String?) async throws(StoreError) -> Bool {
        try await write { connection in
            guard let network else { return try connection.change(SQL.clear, [.text(account)]) > 0 }
            return try connection.change(SQL.clearOne, [.text(account), .text(network)]) > 0
        }
    }

    /// Drops the account's counts from every network, and notes that the operator unlocked it: the count of
    /// `LogInSource(unlocked: account)` is 0 as of `now`. Returns false if there was no count.
    package func unlockLogIns(of account: String, at now: Int64) async throws(StoreError) -> Bool {
        try await write { connection in
            let had = try connection.change(SQL.clearCounts, [.text(account)]) > 0
            try connection.change(SQL.unlock, [.text(account), .integer(now)])
            return had
        }
    }

    /// Drops the counts of networks by themselves. Returns false if there was none.
    package func clearLogInFailures(ofNetworks networks: [String]) async throws(StoreError) -> Bool {
        try await write { connection in
            let counts = try networks.map { try connection.change(SQL.clearOne, LogInSource(network: $0).key) }
            return counts.contains { $0 > 0 }
        }
    }

    /// Drops all counts except about the latest `count` ones. Those of the same second stay or go together.
    package func trimLogInFailures(to count: Int) async throws(StoreError) {
        try await write { connection in _ = try connection.change(SQL.trim, [.number(count)]) }
    }
}

extension LogInSource {
    /// The values of the primary key.
    fileprivate var key: [SQLValue] { [.text(account), .text(network)] }
}

private enum SQL {
    static let find = SQLSeries(upTo: 4) { count in
        let sources = (0..<count).map { source -> SQLText in
            "(account = \(.argument(2 * source + 1)) AND network = \(.argument(2 * source + 2)))"
        }
        return "SELECT account, network, failures, last FROM login_failures WHERE \(.joined(sources, by: " OR "))"
    }

    /// The arguments are the account, the network, now, the start and the end.
    static let count: SQLText = """
        INSERT INTO login_failures AS f (account, network, failures, last) VALUES (?1, ?2, 1, ?3)
        ON CONFLICT (account, network) DO UPDATE SET
            failures = CASE WHEN f.last BETWEEN ?4 AND ?5 THEN f.failures + 1 ELSE 1 END,
            last = CASE WHEN f.last NOT BETWEEN ?4 AND ?5 THEN ?3 WHEN f.account = '' OR f.last > ?3 THEN f.last
                ELSE ?3 END
        RETURNING failures
        """
    /// The condition is given twice, since a row that is counted meanwhile is no longer old.
    static let dropOld: SQLText = """
        DELETE FROM login_failures WHERE last < ?1 AND (account, network) IN
            (SELECT account, network FROM login_failures WHERE last < ?1 ORDER BY last LIMIT 100 \(.skippingLocked))
        """
    static let clear: SQLText = "DELETE FROM login_failures WHERE account = ?1"
    static let clearOne: SQLText = "\(clear) AND network = ?2"
    static let clearCounts: SQLText = "\(clear) AND network <> ''"
    static let unlock: SQLText = """
        INSERT INTO login_failures (account, network, failures, last) VALUES (?1, '', 0, ?2)
        ON CONFLICT (account, network) DO UPDATE SET last = excluded.last
        """
    static let trim: SQLText = """
        DELETE FROM login_failures WHERE last < (SELECT last FROM login_failures ORDER BY last DESC LIMIT 1 OFFSET ?1)
        """
}
