import Foundation
import GRDB

extension SQLiteStore {
    package func rootKeyID() async throws(StoreError) -> String? {
        try await read { database in try Self.rootKeyID(in: database) }
    }

    package func setRootKeyID(_ id: String, replacing old: String?) async throws(StoreError) -> Bool {
        guard let old else { return try await change(SQL.set, [id]) == 1 }
        return try await change(SQL.replace, [id, old]) == 1
    }

    package func examine() async throws(StoreError) -> StoreExamination {
        StoreExamination(rootKeyID: try await rootKeyID())
    }

    package func keys(notUnder rootID: String, limit: Int) async throws(StoreError) -> [AccountKey] {
        try await read { database in
            let statement = try database.cachedStatement(sql: SQL.others)
            return try Row.fetchAll(statement, arguments: [rootID, rootID, limit]).map { row in try AccountKey(row) }
        }
    }

    package func rewrap(
        _ keys: [(key: AccountKey, wrapped: [UInt8])], under rootID: String
    ) async throws(StoreError) -> Int {
        try await write { database in
            let statement = try database.cachedStatement(sql: SQL.rewrap)
            let changed = try keys.reduce(into: 0) { count, item in
                try statement.execute(arguments: [
                    Data(item.wrapped), rootID, item.key.account, item.key.purpose.rawValue, item.key.version,
                    item.key.rootID, Data(item.key.wrapped),
                ])
                count += database.changesCount
            }
            if changed > 0 { try Self.renewMark(in: database) }
            return changed
        }
    }

    package func keyCounts() async throws(StoreError) -> [String: Int] {
        try await read { database in
            let statement = try database.cachedStatement(sql: SQL.counts)
            return try Row.fetchAll(statement).reduce(into: [:]) { counts, row in
                let rootID: String = try row.value(0)
                counts[rootID] = try row.value(1)
            }
        }
    }

    static func rootKeyID(in database: Database) throws -> String? {
        try Row.fetchOne(database.cachedStatement(sql: SQL.find)).map { row in try row.value(0) }
    }
}

private enum SQL {
    static let find = "SELECT value FROM site WHERE name = 'root-key'"
    static let set = "INSERT INTO site (name, value) VALUES ('root-key', ?) ON CONFLICT (name) DO NOTHING"
    static let replace = "UPDATE site SET value = ? WHERE name = 'root-key' AND value = ?"
    /// Two ranges of the index, where <> would look at every key each time.
    static let others = """
        SELECT a.name, k.purpose, k.version, k.root_id, k.wrapped, k.public, k.created
        FROM account_keys k JOIN accounts a ON a.id = k.account_id WHERE k.root_id < ? OR k.root_id > ? LIMIT ?
        """
    static let rewrap = """
        UPDATE account_keys SET wrapped = ?, root_id = ?
        WHERE account_id = (SELECT id FROM accounts WHERE name = ?) AND purpose = ? AND version = ?
            AND root_id = ? AND wrapped = ?
        """
    static let counts = "SELECT root_id, count(*) FROM account_keys GROUP BY root_id"
}
