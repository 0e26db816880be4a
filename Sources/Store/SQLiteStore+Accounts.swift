import Foundation
import GRDB

extension SQLiteStore {
    package func add(_ account: NewAccount) async throws(StoreError) {
        guard account.keys.allSatisfy({ $0.account == account.name }) else {
            throw .failed("a new account with the key of another")
        }
        _ = try await write { database in
            let insertion = try database.cachedStatement(sql: SQL.addAccount)
            guard
                let id = try Int64.fetchOne(insertion, arguments: [account.name, account.password, account.created])
            else { throw StoreError.exists }
            let keyInsertion = try database.cachedStatement(sql: SQL.addKey)
            for key in account.keys {
                try keyInsertion.execute(arguments: [
                    id, key.purpose.rawValue, key.version, key.rootID, Data(key.wrapped),
                    key.publicKey.map { Data($0) }, key.created,
                ])
            }
            return true
        }
    }

    package func account(named name: String) async throws(StoreError) -> Account? {
        try await read { database in
            let statement = try database.cachedStatement(sql: SQL.account)
            return try Row.fetchOne(statement, arguments: [name]).map { row in try Account(row) }
        }
    }

    package func accountAndKey(
        named name: String, purpose: KeyPurpose
    ) async throws(StoreError) -> AccountAndKey? {
        try await read { database in
            let statement = try database.cachedStatement(sql: SQL.accountAndKey)
            guard let row = try Row.fetchOne(statement, arguments: [purpose.rawValue, name]) else { return nil }
            let account = try Account(row)
            return AccountAndKey(account: account, key: try AccountKey(row, of: name, purpose: purpose, from: 5))
        }
    }

    package func currentKeys(
        of names: [String], purpose: KeyPurpose
    ) async throws(StoreError) -> [String: AccountKey] {
        try await read { database in
            let statement = try database.cachedStatement(sql: SQL.currentKey)
            return try names.reduce(into: [:]) { keys, name in
                let row = try Row.fetchOne(statement, arguments: [name, purpose.rawValue])
                keys[name] = try row.flatMap { try AccountKey($0, of: name, purpose: purpose) }
            }
        }
    }

    package func key(
        of name: String, purpose: KeyPurpose, version: UInt32
    ) async throws(StoreError) -> AccountKey? {
        try await read { database in
            let statement = try database.cachedStatement(sql: SQL.key)
            let row = try Row.fetchOne(statement, arguments: [name, purpose.rawValue, version])
            return try row.flatMap { try AccountKey($0, of: name, purpose: purpose) }
        }
    }

    package func setPassword(
        _ phc: String, of name: String, ifEpoch epoch: Int64
    ) async throws(StoreError) -> Bool {
        try await write { database in
            try database.cachedStatement(sql: SQL.setPassword).execute(arguments: [phc, name, epoch])
            return database.changesCount == 1
        }
    }
}

/// Every statement of the store. The columns are read by position.
private enum SQL {
    static let addAccount = """
        INSERT INTO accounts (name, password, created) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING RETURNING id
        """
    static let addKey = """
        INSERT INTO account_keys (account_id, purpose, version, root_id, wrapped, public, created)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """
    static let account = "SELECT id, name, password, epoch, created FROM accounts WHERE name = ?"
    static let accountAndKey = """
        SELECT a.id, a.name, a.password, a.epoch, a.created, k.version, k.root_id, k.wrapped, k.public, k.created
        FROM accounts a LEFT JOIN account_keys k ON k.account_id = a.id AND k.purpose = ?
        WHERE a.name = ? ORDER BY k.version DESC LIMIT 1
        """
    private static let keys = """
        SELECT k.version, k.root_id, k.wrapped, k.public, k.created
        FROM accounts a JOIN account_keys k ON k.account_id = a.id WHERE a.name = ? AND k.purpose = ?
        """
    static let currentKey = keys + " ORDER BY k.version DESC LIMIT 1"
    static let key = keys + " AND k.version = ?"
    static let setPassword = "UPDATE accounts SET password = ?, epoch = epoch + 1 WHERE name = ? AND epoch = ?"
}
