import Store

extension PostgresStore {
    package func find(accounts: [String], keysOf: [String]) async throws(StoreError) -> FoundAccounts {
        try await read { transaction in
            var found = FoundAccounts()
            for batch in NameBatch.split(accounts) {
                for row in try Self.rows(SQL.accountsNamed, batch, in: transaction) {
                    let account = try Account(row)
                    found.accounts[account.name] = account
                }
            }
            for batch in NameBatch.split(keysOf) {
                for row in try Self.rows(SQL.keysOf, batch, in: transaction) {
                    let key = try AccountKey(row)
                    found.keys[key.account, default: []].append(key)
                }
            }
            return found
        }
    }

    private static func rows(
        _ sql: String, _ batch: NameBatch, in transaction: PostgresTransaction
    ) throws -> [PostgresRow] {
        try transaction.rows(sql + batch.list { "$\($0)" }, batch.names.map { .text($0) })
    }

    package func accounts(after name: String?, limit: Int) async throws(StoreError) -> [Account] {
        try await read { transaction in
            let rows = try transaction.rows(SQL.accounts, .text(name ?? ""), .integer(Int64(limit)))
            return try rows.map { row in try Account(row) }
        }
    }

    package func isAccountKey(_ publicKey: [UInt8]) async throws(StoreError) -> Bool {
        try await read { try Self.isAccountKey(publicKey, in: $0) }
    }

    static func isAccountKey(_ publicKey: [UInt8], in transaction: PostgresTransaction) throws -> Bool {
        try transaction.row(SQL.holdsKey, .bytes(publicKey)) != nil
    }

    package func setPassword(
        _ phc: String, of name: String, ifEpoch epoch: Int64
    ) async throws(StoreError) -> Bool {
        try await write { try $0.changeAccount(SQL.setPassword, .text(phc), .text(name), .integer(epoch)) }
    }

    package func rehash(
        _ phc: String, of name: String, replacing old: String
    ) async throws(StoreError) -> Bool {
        try await write { try $0.changeAccount(SQL.rehash, .text(phc), .text(name), .text(old)) }
    }

    package func raiseEpoch(of name: String, ifEpoch epoch: Int64) async throws(StoreError) -> Bool {
        try await write { try $0.changeAccount(SQL.raiseEpoch, .text(name), .integer(epoch)) }
    }

    package func setState(_ state: AccountState, of name: String) async throws(StoreError) -> Bool {
        precondition(state != .forgotten, "an account is forgotten by forget")
        let rise: Int64 = state == .disabled ? 1 : 0
        return try await write {
            try $0.changeAccount(SQL.setState, .text(state.rawValue), .integer(rise), .text(name))
        }
    }

    package func forget(_ name: String) async throws(StoreError) -> Forgetting {
        try await write { transaction in
            guard try transaction.change(SQL.forget, .text(name)) == 1 else { return .noSuchAccount }
            for sql in [SQL.dropKeys, SQL.dropLoginKeys, SQL.dropFailures] {
                try transaction.change(sql, .text(name))
            }
            try transaction.renewMark()
            return .leftToServer
        }
    }
}

/// The columns are read by position.
private enum SQL {
    private static let columns = "SELECT id, name, password, epoch, created, state"
    /// Its parameters follow, in parentheses.
    static let accountsNamed = columns + " FROM accounts WHERE name IN "
    static let accounts = columns + " FROM accounts WHERE name > $1 ORDER BY name LIMIT $2"
    /// Its parameters follow, in parentheses.
    static let keysOf = """
        SELECT a.name, k.purpose, k.version, k.root_id, k.wrapped, k.public, k.created
        FROM accounts a JOIN account_keys k ON k.account_id = a.id WHERE a.name IN
        """ + " "
    static let holdsKey = "SELECT 1 FROM account_keys WHERE public = $1 LIMIT 1"
    static let setPassword = """
        UPDATE accounts SET password = $1, epoch = epoch + 1 WHERE name = $2 AND epoch = $3 AND state <> 'forgotten'
        """
    static let rehash = "UPDATE accounts SET password = $1 WHERE name = $2 AND password = $3 AND state <> 'forgotten'"
    static let raiseEpoch = "UPDATE accounts SET epoch = epoch + 1 WHERE name = $1 AND epoch = $2"
    static let setState = """
        UPDATE accounts SET state = $1, epoch = epoch + $2 WHERE name = $3 AND state <> 'forgotten'
        """
    /// First, so that nobody adds anything to the account meanwhile.
    static let forget = """
        UPDATE accounts SET state = 'forgotten', password = '', epoch = epoch + 1
        WHERE name = $1 AND state <> 'forgotten'
        """
    static let dropKeys = "DELETE FROM account_keys WHERE account_id = (SELECT id FROM accounts WHERE name = $1)"
    static let dropLoginKeys = "DELETE FROM login_keys WHERE account_id = (SELECT id FROM accounts WHERE name = $1)"
    static let dropFailures = "DELETE FROM login_failures WHERE account = $1"
}
