/// The uses of one version of a key that are to be counted.
package struct KeyUse: Sendable, Equatable {
    /// The name of the account.
    package let account: String
    package let purpose: KeyPurpose
    package let version: UInt32
    package let uses: Int

    package init(account: String, purpose: KeyPurpose, version: UInt32, uses: Int) {
        (self.account, self.purpose, self.version, self.uses) = (account, purpose, version, uses)
    }

    private static let secondsOfDay: Int64 = 86_400

    static func day(at time: Int64) -> Int64 { max(0, time) / secondsOfDay }

    /// The day with which the last 30 days begin.
    static func firstDay(at time: Int64) -> Int64 { day(at: time) - 29 }
}

extension Store {
    /// Counts uses of keys as of now, in one transaction. Each version is in `uses` once. Versions that no longer exist are
    /// ignored. Other writers wait for it, so a caller with many keys calls this several times.
    ///
    /// Neither the time of a last use nor a number of uses becomes smaller, also if the clock was set back. Up to 1,000
    /// counts that are older than 30 days are dropped. The mark is not renewed, since nobody keeps counts.
    package func recordUses(_ uses: [KeyUse], at now: Int64) async throws(StoreError) {
        guard !uses.isEmpty else { return }
        // The number of keys is filled up to a power of two, so that there are few statements. No account has the name.
        var exponent = 0
        while 1 << exponent < uses.count { exponent += 1 }
        let none = KeyUse(account: "", purpose: .encryption, version: 0, uses: 0)
        let filled = uses + repeatElement(none, count: 1 << exponent - uses.count)
        let (values, size) = (filled.flatMap(\.values), exponent + 1)
        try await write { connection in
            // Two servers lock the keys in the same order. A key that is locked is not erased meanwhile.
            try connection.run(SQL.lock[size], values) { _ in }
            try connection.change(SQL.used[size], values + [.integer(now)])
            try connection.change(SQL.count[size], values + [.integer(KeyUse.day(at: now))])
            try connection.change(SQL.dropOld, [.integer(KeyUse.firstDay(at: now))])
        }
    }
}

extension KeyUse {
    fileprivate var values: [SQLValue] {
        [.text(account), .text(purpose.rawValue), .number(version), .number(uses)]
    }
}

private enum SQL {
    /// The number of the statements that are kept: one for each power of two.
    private static let kept = 9

    /// The keys, as a table `u`. Their number is a power of two, whose exponent is one less than `size`.
    private static func uses(_ size: Int) -> SQLText {
        "WITH u (name, purpose, version, uses) AS (VALUES \(.rows(1 << (size - 1), of: 4)))"
    }

    /// The argument after those of the keys.
    private static func last(_ size: Int) -> SQLText { .argument(4 << (size - 1) + 1) }

    private static let keys: SQLText = """
        FROM u JOIN accounts a ON a.name = u.name
        JOIN account_keys k ON k.account_id = a.id AND k.purpose = u.purpose AND k.version = u.version
        """

    static let lock = SQLSeries(upTo: kept) { size in
        """
        \(uses(size)) SELECT k.version \(keys) ORDER BY k.account_id, k.purpose, k.version \(.forUpdateOfKeys)
        """
    }
    static let used = SQLSeries(upTo: kept) { size in
        """
        \(uses(size)) UPDATE account_keys SET used = \(last(size))
        WHERE used < \(last(size)) AND (account_id, purpose, version) IN (SELECT k.account_id, k.purpose, k.version \(keys))
        """
    }
    static let count = SQLSeries(upTo: kept) { size in
        """
        \(uses(size)) INSERT INTO key_uses AS t (account_id, purpose, version, day, uses)
        SELECT k.account_id, k.purpose, k.version, \(last(size)), u.uses \(keys) WHERE true
        ON CONFLICT (account_id, purpose, version, day) DO UPDATE SET uses = t.uses + excluded.uses
        """
    }
    /// The condition is given twice, since a row that is counted meanwhile is no longer old.
    static let dropOld: SQLText = """
        DELETE FROM key_uses WHERE day < ?1 AND (account_id, purpose, version, day) IN
            (SELECT account_id, purpose, version, day FROM key_uses WHERE day < ?1 ORDER BY day LIMIT 1000
            \(.skippingLocked))
        """
}

extension SQLText {
    /// Locks the rows of the keys `k` that are read, until the transaction ends, against every other writer.
    fileprivate static let forUpdateOfKeys = SQLText(sqlite: "", postgres: "FOR UPDATE OF k")
}
