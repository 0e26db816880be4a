/// A version of a key without its key material, and its counted uses.
package struct KeyVersion: Sendable, Equatable {
    package let purpose: KeyPurpose
    package let version: UInt32
    package let state: KeyState
    /// The time at which the key was made, in Unix seconds.
    package let created: Int64
    /// The time of the last use that was counted, in Unix seconds; nil if none was counted.
    package let used: Int64?
    /// The number of uses that were counted within the last 30 days.
    package let uses: Int

    package init(
        purpose: KeyPurpose, version: UInt32, state: KeyState = .live, created: Int64, used: Int64? = nil,
        uses: Int = 0
    ) {
        (self.purpose, self.version, self.state) = (purpose, version, state)
        (self.created, self.used, self.uses) = (created, used, uses)
    }
}

extension Store {
    /// Returns all versions of an account's keys, ordered by purpose and version; none if there is no such account.
    ///
    /// - Parameter now: The time at which the last 30 days end. Uses that were counted later are counted as well,
    ///   since the clock was set back after them.
    package func keyVersions(of name: String, at now: Int64) async throws(StoreError) -> [KeyVersion] {
        try await read { connection in
            try connection.all(SQL.list, [.text(name), .integer(KeyUse.firstDay(at: now))]) { row in
                try KeyVersion(row)
            }
        }
    }
}

extension KeyVersion {
    /// Reads purpose, version, state, created, used and uses.
    init(_ row: any StoreRow) throws(StoreError) {
        guard let version = UInt32(exactly: try row.value(1) as Int64) else { throw .corrupt }
        let used: Int64 = try row.value(4)
        self.init(
            purpose: try row.value(0), version: version, state: try row.value(2), created: try row.value(3),
            used: used == 0 ? nil : used, uses: try row.value(5))
    }

    /// Returns all versions of a key, the oldest one first, with no uses.
    static func all(
        of account: Int64, _ purpose: KeyPurpose, on connection: any StoreConnection
    ) throws -> [KeyVersion] {
        try connection.all(SQL.versions, [.integer(account), .text(purpose.rawValue)]) { row in try KeyVersion(row) }
    }
}

private enum SQL {
    static let list: SQLText = """
        SELECT k.purpose, k.version, k.state, k.created, k.used, CAST(coalesce(
            (SELECT sum(u.uses) FROM key_uses u WHERE u.account_id = k.account_id AND u.purpose = k.purpose
                AND u.version = k.version AND u.day >= ?2), 0) AS \(.integer))
        FROM accounts a JOIN account_keys k ON k.account_id = a.id WHERE a.name = ?1 ORDER BY k.purpose, k.version
        """
    static let versions: SQLText = """
        SELECT purpose, version, state, created, used, CAST(0 AS \(.integer)) FROM account_keys
        WHERE account_id = ?1 AND purpose = ?2 ORDER BY version
        """
}
