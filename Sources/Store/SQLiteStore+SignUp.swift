import Foundation
import GRDB

extension SQLiteStore {
    package func add(_ account: NewAccount) async throws(StoreError) {
        guard account.keys.allSatisfy({ $0.account == account.name }) else {
            throw .failed("a new account with the key of another")
        }
        try await write { [growth] database in
            try growth.claim()
            let id = try Self.insert(account, in: database)
            try Self.checkKeys(of: account, in: database)
            if let invitation = account.invitation {
                try Self.useUp(invitation, at: account.created, in: database)
            }
            for bound in account.bounds { try Self.count(towards: bound, at: account.created, in: database) }
            try Self.insert(account.keys, of: id, in: database)
            if let key = account.loginKey { try Self.insert(key, of: id, in: database) }
        }
    }

    package func addInvitation(
        _ digest: [UInt8], created: Int64, expires: Int64
    ) async throws(StoreError) {
        try await write { database in
            try database.cachedStatement(sql: SQL.dropInvitations).execute(arguments: [created])
            let insertion = try database.cachedStatement(sql: SQL.addInvitation)
            try insertion.execute(arguments: [Data(digest), created, expires])
            guard database.changesCount == 1 else { throw StoreError.exists }
        }
    }

    package func hasInvitation(_ digest: [UInt8], at now: Int64) async throws(StoreError) -> Bool {
        try await read { database in
            let statement = try database.cachedStatement(sql: SQL.findInvitation)
            return try Row.fetchOne(statement, arguments: [Data(digest), now]) != nil
        }
    }

    package func checkSignUps(_ bounds: [SignUpBound], at now: Int64) async throws(StoreError) {
        guard !bounds.isEmpty else { return }
        try await read { database in
            for bound in bounds where try Self.signUps(of: bound.source, at: now, in: database) >= bound.limit {
                throw bound.refusal
            }
        }
    }

    private static func count(towards bound: SignUpBound, at now: Int64, in database: Database) throws {
        let slots = SignUpBound.slots(at: now)
        try database.cachedStatement(sql: SQL.dropSignUps).execute(arguments: [slots.lowerBound])
        guard try signUps(of: bound.source, at: now, in: database) < bound.limit else { throw bound.refusal }
        let counting = try database.cachedStatement(sql: SQL.countSignUp)
        try counting.execute(arguments: [bound.source, SignUpBound.slot(at: now)])
    }

    private static func signUps(of source: String, at now: Int64, in database: Database) throws -> Int {
        let slots = SignUpBound.slots(at: now)
        let statement = try database.cachedStatement(sql: SQL.signUps)
        return try Int.fetchOne(statement, arguments: [source, slots.lowerBound, slots.upperBound]) ?? 0
    }

    private static func insert(_ account: NewAccount, in database: Database) throws -> Int64 {
        let insertion = try database.cachedStatement(sql: SQL.addAccount)
        try insertion.execute(arguments: [account.name, account.password ?? "", account.created])
        guard database.changesCount == 1 else { throw StoreError.exists }
        return database.lastInsertedRowID
    }

    private static func checkKeys(of account: NewAccount, in database: Database) throws {
        let statement = try database.cachedStatement(sql: SQL.keyFacts)
        let publicKey = account.loginKey.map { Data($0.publicKey) }
        guard let row = try Row.fetchOne(statement, arguments: [publicKey]) else { throw StoreError.corrupt }
        let (isAccountKey, rootID): (Bool, String) = (try row.value(0), try row.value(1))
        guard !isAccountKey else { throw StoreError.accountKey }
        guard rootID.isEmpty || account.keys.allSatisfy({ $0.rootID == rootID }) else { throw StoreError.rootChanged }
    }

    private static func useUp(_ invitation: [UInt8], at now: Int64, in database: Database) throws {
        try database.cachedStatement(sql: SQL.useInvitation).execute(arguments: [Data(invitation), now])
        guard database.changesCount == 1 else { throw StoreError.notInvited }
    }

    private static func insert(_ keys: [AccountKey], of id: Int64, in database: Database) throws {
        guard !keys.isEmpty else { return }
        var arguments = StatementArguments()
        for key in keys {
            arguments += [
                id, key.purpose.rawValue, key.version, key.rootID, Data(key.wrapped),
                key.publicKey.map { Data($0) }, key.created,
            ]
        }
        let rows = repeatElement(SQL.keyRow, count: keys.count).joined(separator: ", ")
        try database.cachedStatement(sql: SQL.addKeys + rows).execute(arguments: arguments)
    }
}

private enum SQL {
    /// The epochs begin at 0, or where a restore from a backup said, so that no token of an account that is not there
    /// any more is one of the new account.
    static let addAccount = """
        INSERT INTO accounts (name, password, created, epoch)
        VALUES (?, ?, ?, coalesce((SELECT CAST(value AS INTEGER) FROM site WHERE name = 'first-epoch'), 0))
        ON CONFLICT (name) DO NOTHING
        """
    /// Whether a public key is an account's, and the root key's id, or '' if the site has none.
    static let keyFacts = """
        SELECT EXISTS (SELECT 1 FROM account_keys WHERE public = ?),
            coalesce((SELECT value FROM site WHERE name = 'root-key'), '')
        """
    /// The rows follow, each as `keyRow`.
    static let addKeys = """
        INSERT INTO account_keys (account_id, purpose, version, root_id, wrapped, public, created) VALUES
        """ + " "
    static let keyRow = "(?, ?, ?, ?, ?, ?, ?)"
    static let addInvitation = """
        INSERT INTO invitations (digest, created, expires) VALUES (?, ?, ?) ON CONFLICT (digest) DO NOTHING
        """
    static let dropInvitations = "DELETE FROM invitations WHERE expires <= ?"
    static let signUps = "SELECT sum(accounts) FROM sign_ups WHERE source = ? AND slot BETWEEN ? AND ?"
    static let countSignUp = """
        INSERT INTO sign_ups (source, slot, accounts) VALUES (?, ?, 1)
        ON CONFLICT (source, slot) DO UPDATE SET accounts = sign_ups.accounts + 1
        """
    static let dropSignUps = "DELETE FROM sign_ups WHERE slot < ?"
    static let useInvitation = "DELETE FROM invitations WHERE digest = ? AND expires > ?"
    static let findInvitation = "SELECT 1 FROM invitations WHERE digest = ? AND expires > ?"
}
