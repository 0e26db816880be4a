import Foundation
import GRDB

extension SQLiteStore {
    package func find(accounts: [String], keysOf: [String]) async throws(StoreError) -> FoundAccounts {
        try await read { database in
            var found = FoundAccounts()
            for batch in NameBatch.split(accounts) {
                let rows = try Self.rows(SQL.accountsNamed, batch, in: database)
                while let row = try rows.next() {
                    let account = try Account(row)
                    found.accounts[account.name] = account
                }
            }
            for batch in NameBatch.split(keysOf) {
                let rows = try Self.rows(SQL.keysOf, batch, in: database)
                while let row = try rows.next() {
                    let key = try AccountKey(row)
                    found.keys[key.account, default: []].append(key)
                }
            }
            return found
        }
    }

    /// The same row object each time, so that no values are copied that are not asked for.
    private static func rows(_ sql: String, _ batch: NameBatch, in database: Database) throws -> RowCursor {
        let statement = try database.cachedStatement(sql: sql + batch.list { _ in "?" })
        return try Row.fetchCursor(statement, arguments: StatementArguments(batch.names))
    }

    package func accounts(after name: String?, limit: Int) async throws(StoreError) -> [Account] {
        try await read { database in
            let statement = try database.cachedStatement(sql: SQL.accounts)
            return try Row.fetchAll(statement, arguments: [name ?? "", limit]).map { row in try Account(row) }
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
        try await changeAccount(SQL.setPassword, [phc, name, epoch])
    }

    package func rehash(
        _ phc: String, of name: String, replacing old: String
    ) async throws(StoreError) -> Bool {
        try await changeAccount(SQL.rehash, [phc, name, old])
    }

    package func raiseEpoch(of name: String, ifEpoch epoch: Int64) async throws(StoreError) -> Bool {
        try await changeAccount(SQL.raiseEpoch, [name, epoch])
    }

    package func setState(_ state: AccountState, of name: String) async throws(StoreError) -> Bool {
        precondition(state != .forgotten, "an account is forgotten by forget")
        let rise = state == .disabled ? 1 : 0
        return try await changeAccount(SQL.setState, [state.rawValue, rise, name])
    }
}

/// The columns are read by position.
private enum SQL {
    private static let columns = "SELECT id, name, password, epoch, created, state"
    /// Its parameters follow, in parentheses.
    static let accountsNamed = columns + " FROM accounts WHERE name IN "
    static let accounts = columns + " FROM accounts WHERE name > ? ORDER BY name LIMIT ?"
    /// Its parameters follow, in parentheses.
    static let keysOf = """
        SELECT a.name, k.purpose, k.version, k.root_id, k.wrapped, k.public, k.created
        FROM accounts a JOIN account_keys k ON k.account_id = a.id WHERE a.name IN
        """ + " "
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
