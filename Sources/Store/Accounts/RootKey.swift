/// The root key that wraps the accounts' keys. Its id is the value of a row of `site`, which is there from the beginning
/// and empty until there is a root key: a writer that adds keys and a writer that sets the root key meet on that row.
extension Store {
    /// Returns the id of the root key under which keys are wrapped now; nil if it was never set.
    package func rootKeyID() async throws(StoreError) -> String? {
        try await read { connection in try Self.rootKeyID(on: connection) }
    }

    /// Sets the id of the root key; nil for `old` means that it was never set.
    /// - Returns: false, and nothing is changed, if the id is not `old`.
    package func setRootKeyID(_ id: String, replacing old: String?) async throws(StoreError) -> Bool {
        try await write { try $0.change(SQL.replace, [.text(id), .text(old ?? "")]) == 1 }
    }

    /// Returns up to `limit` of the keys that are wrapped under any other root key.
    package func keys(notUnder rootID: String, limit: Int) async throws(StoreError) -> [AccountKey] {
        try await read { connection in
            try connection.all(SQL.others, [.text(rootID), .number(limit)]) { row in try AccountKey(row) }
        }
    }

    /// Replaces each wrapped key by the same key wrapped under `rootID`, unless it is no longer wrapped as `key` says.
    /// Returns how many keys were replaced.
    package func rewrap(
        _ keys: [(key: AccountKey, wrapped: [UInt8])], under rootID: String
    ) async throws(StoreError) -> Int {
        try await write { connection in
            var (changed, rest) = (0, keys[...])
            while !rest.isEmpty {
                // Statements for powers of two are few, so they are prepared once.
                let exponent = min(SQL.rewrapExponents - 1, Int.bitWidth - 1 - rest.count.leadingZeroBitCount)
                let count = 1 << exponent
                let rows = rest.prefix(count).flatMap { key, wrapped -> [SQLValue] in
                    [
                        .text(key.account), .text(key.purpose.rawValue), .number(key.version), .text(key.rootID),
                        .bytes(key.wrapped), .bytes(wrapped),
                    ]
                }
                changed += try connection.change(SQL.rewrap[exponent + 1], [.text(rootID)] + rows)
                rest = rest.dropFirst(count)
            }
            if changed > 0 { try connection.renewMark() }
            return changed
        }
    }

    /// Returns how many keys there are under each root key.
    package func keyCounts() async throws(StoreError) -> [String: Int] {
        try await read { connection in
            let counts = try connection.all(SQL.counts) { row in (try row.value(0) as String, try row.value(1) as Int) }
            return Dictionary(uniqueKeysWithValues: counts)
        }
    }

    package static func rootKeyID(on connection: any StoreConnection) throws -> String? {
        try rootKeyID(SQL.find, on: connection)
    }

    /// Checks that keys are wrapped under the site's root key, if it has one, which nobody changes until the transaction
    /// ends.
    static func checkRootKey(of keys: [AccountKey], on connection: any StoreConnection) throws {
        guard let rootID = try rootKeyID(SQL.lock, on: connection) else { return }
        guard keys.allSatisfy({ $0.rootID == rootID }) else { throw StoreError.rootChanged }
    }

    private static func rootKeyID(_ text: SQLText, on connection: any StoreConnection) throws -> String? {
        guard let id = try connection.one(text, [], { row in try row.value(0) as String }) else {
            throw StoreError.corrupt
        }
        return id.isEmpty ? nil : id
    }
}

private enum SQL {
    static let find: SQLText = "SELECT value FROM site WHERE name = 'root-key'"
    static let lock: SQLText = "\(find) \(.forShare)"
    static let replace: SQLText = "UPDATE site SET value = ?1 WHERE name = 'root-key' AND value = ?2"
    /// These are two ranges of the index, where <> would look at every key each time.
    static let others: SQLText = """
        SELECT \(AccountKey.columns) FROM account_keys k JOIN accounts a ON a.id = k.account_id
        WHERE k.root_id < ?1 OR k.root_id > ?1 LIMIT ?2
        """
    static let rewrapExponents = 9

    /// The statements for a power of two of keys, whose exponent is one less than the size. One statement for many keys
    /// saves a round trip for each.
    static let rewrap = SQLSeries(upTo: rewrapExponents) { size in
        """
        WITH new (name, purpose, version, root, old, wrapped) AS (VALUES \(.rows(1 << (size - 1), of: 6, from: 2)))
        UPDATE account_keys AS k SET wrapped = new.wrapped, root_id = ?1
        FROM new JOIN accounts a ON a.name = new.name
        WHERE k.account_id = a.id AND k.purpose = new.purpose AND k.version = new.version
            AND k.root_id = new.root AND k.wrapped = new.old
        """
    }

    static let counts: SQLText = "SELECT root_id, count(*) FROM account_keys GROUP BY root_id"
}
