import Foundation
import GRDB

extension SQLiteStore {
    package func account(named name: String) async throws(StoreError) -> Account? {
        try await read { database in
            let statement = try database.cachedStatement(sql: SQL.account)
            return try Row.fetchOne(statement, arguments: [name]).map { row in try Account(row) }
        }
    }

    package func accounts(after name: String?, limit: Int) async throws(StoreError) -> [Account] {
        try await read { database in
            let statement = try database.cachedStatement(sql: SQL.accounts)
            return try Row.fetchAll(statement, arguments: [name ?? "", limit]).map { row in try Account(row) }
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

    package func isAccountKey(_ publicKey: [UInt8]) async throws(StoreError) -> Bool {
        try await read { database in
            let statement = try database.cachedStatement(sql: SQL.holdsKey)
            return try Row.fetchOne(statement, arguments: [Data(publicKey)]) != nil
        }
    }

    package func setPassword(
        _ phc: String, of name: String, ifEpoch epoch: Int64
    ) async throws(StoreError) -> Bool {
        try await change(SQL.setPassword, [phc, name, epoch]) == 1
    }

    package func rehash(
        _ phc: String, of name: String, replacing old: String
    ) async throws(StoreError) -> Bool {
        try await change(SQL.rehash, [phc, name, old]) == 1
    }

    package func raiseEpoch(of name: String, ifEpoch epoch: Int64) async throws(StoreError) -> Bool {
        try await change(SQL.raiseEpoch, [name, epoch]) == 1
    }

    package func setState(_ state: AccountState, of name: String) async throws(StoreError) -> Bool {
        precondition(state != .forgotten, "an account is forgotten by forget")
        let rise = state == .disabled ? 1 : 0
        return try await change(SQL.setState, [state.rawValue, rise, name]) == 1
    }
}

/// The columns are read by position.
private enum SQL {
    private static let columns = "SELECT id, name, password, epoch, created, state"
    static let account = columns + " FROM accounts WHERE name = ?"
    static let accounts = columns + " FROM accounts WHERE name > ? ORDER BY name LIMIT ?"
    private static let keys = """
        SELECT k.version, k.root_id, k.wrapped, k.public, k.created
        FROM accounts a JOIN account_keys k ON k.account_id = a.id WHERE a.name = ? AND k.purpose = ?
        """
    static let currentKey = keys + " ORDER BY k.version DESC LIMIT 1"
    static let key = keys + " AND k.version = ?"
    static let holdsKey = "SELECT 1 FROM account_keys WHERE public = ? LIMIT 1"
    static let setPassword = """
        UPDATE accounts SET password = ?, epoch = epoch + 1 WHERE name = ? AND epoch = ? AND state <> 'forgotten'
        """
    static let rehash = "UPDATE accounts SET password = ? WHERE name = ? AND password = ? AND state <> 'forgotten'"
    static let raiseEpoch = "UPDATE accounts SET epoch = epoch + 1 WHERE name = ? AND epoch = ?"
    static let setState = """
        UPDATE accounts SET state = ?, epoch = epoch + ? WHERE name = ? AND state <> 'forgotten'
        """
}
