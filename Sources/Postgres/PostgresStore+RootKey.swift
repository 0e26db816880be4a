import Store

extension PostgresStore {
    package func rootKeyID() async throws(StoreError) -> String? {
        try await read { transaction in try Self.rootKeyID(in: transaction) }
    }

    static func rootKeyID(in transaction: PostgresTransaction) throws -> String? {
        guard let row = try transaction.row(SQL.find) else { throw StoreError.corrupt }
        let id = try row.value { $0.text(0) }
        return id.isEmpty ? nil : id
    }

    /// The row is there from the beginning, and empty as long as there is no root key.
    package func setRootKeyID(_ id: String, replacing old: String?) async throws(StoreError) -> Bool {
        try await write { try $0.change(SQL.replace, .text(id), .text(old ?? "")) == 1 }
    }

    package func keys(notUnder rootID: String, limit: Int) async throws(StoreError) -> [AccountKey] {
        try await read { transaction in
            try transaction.rows(SQL.others, .text(rootID), .integer(Int64(limit))).map { row in try AccountKey(row) }
        }
    }

    package func rewrap(
        _ keys: [(key: AccountKey, wrapped: [UInt8])], under rootID: String
    ) async throws(StoreError) -> Int {
        try await write { transaction in
            let changed = try keys.reduce(into: 0) { count, item in
                count += try transaction.change(
                    SQL.rewrap, .bytes(item.wrapped), .text(rootID), .text(item.key.account),
                    .text(item.key.purpose.rawValue), .integer(Int64(item.key.version)), .text(item.key.rootID),
                    .bytes(item.key.wrapped))
            }
            if changed > 0 { try transaction.renewMark() }
            return changed
        }
    }

    package func keyCounts() async throws(StoreError) -> [String: Int] {
        try await read { transaction in
            try transaction.rows(SQL.counts).reduce(into: [:]) { counts, row in
                counts[try row.value { $0.text(0) }] = Int(try row.value { $0.integer(1) })
            }
        }
    }
}

private enum SQL {
    static let find = "SELECT value FROM site WHERE name = 'root-key'"
    static let replace = "UPDATE site SET value = $1 WHERE name = 'root-key' AND value = $2"
    /// Two ranges of the index, where <> would look at every key each time.
    static let others = """
        SELECT a.name, k.purpose, k.version, k.root_id, k.wrapped, k.public, k.created
        FROM account_keys k JOIN accounts a ON a.id = k.account_id WHERE k.root_id < $1 OR k.root_id > $1 LIMIT $2
        """
    static let rewrap = """
        UPDATE account_keys SET wrapped = $1, root_id = $2
        WHERE account_id = (SELECT id FROM accounts WHERE name = $3) AND purpose = $4 AND version = $5
            AND root_id = $6 AND wrapped = $7
        """
    static let counts = "SELECT root_id, count(*) FROM account_keys GROUP BY root_id"
}
