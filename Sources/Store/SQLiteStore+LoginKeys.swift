import Foundation
import GRDB

extension SQLiteStore {
    package func addLoginKey(
        _ key: LoginKey, to name: String, limit: Int
    ) async throws(StoreError) -> Bool {
        try await write { database in
            let statement = try database.cachedStatement(sql: SQL.holder)
            guard let row = try Row.fetchOne(statement, arguments: [Data(key.publicKey), name]) else { return false }
            let (id, count, hasIt): (Int64, Int, Bool) = (try row.value(0), try row.value(1), try row.value(2))
            guard !hasIt else { throw StoreError.exists }
            guard count < limit else { return false }
            try Self.insert(key, of: id, in: database)
            return true
        }
    }

    package func removeLoginKey(_ publicKey: [UInt8], of name: String) async throws(StoreError) -> Bool {
        try await change(SQL.remove, [Data(publicKey), name]) == 1
    }

    package func loginKeys(of name: String) async throws(StoreError) -> [LoginKey] {
        try await read { database in
            let statement = try database.cachedStatement(sql: SQL.list)
            return try Row.fetchAll(statement, arguments: [name]).map { row in try LoginKey(row) }
        }
    }

    static func insert(_ key: LoginKey, of id: Int64, in database: Database) throws {
        let insertion = try database.cachedStatement(sql: SQL.insert)
        try insertion.execute(arguments: [id, Data(key.publicKey), key.comment, key.created])
    }
}

private enum SQL {
    static let insert = "INSERT INTO login_keys (account_id, public, comment, created) VALUES (?, ?, ?, ?)"
    /// The account, how many keys it has, and whether the one asked for is among them.
    static let holder = """
        SELECT a.id, (SELECT count(*) FROM login_keys k WHERE k.account_id = a.id),
            EXISTS (SELECT 1 FROM login_keys k WHERE k.account_id = a.id AND k.public = ?)
        FROM accounts a WHERE a.name = ? AND a.state <> 'forgotten'
        """
    static let remove = """
        DELETE FROM login_keys WHERE public = ? AND account_id = (SELECT id FROM accounts WHERE name = ?)
        """
    static let list = """
        SELECT k.public, k.comment, k.created FROM accounts a JOIN login_keys k ON k.account_id = a.id
        WHERE a.name = ? ORDER BY k.created, k.public
        """
}
