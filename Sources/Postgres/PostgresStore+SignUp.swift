import Store

extension PostgresStore {
    package func add(_ account: NewAccount) async throws(StoreError) {
        guard account.keys.allSatisfy({ $0.account == account.name }) else {
            throw .failed("a new account with the key of another")
        }
        try await write { transaction in
            let id = try Self.insert(account, in: transaction)
            if let key = account.loginKey, try Self.isAccountKey(key.publicKey, in: transaction) {
                throw StoreError.accountKey
            }
            try Self.checkRootKey(of: account.keys, in: transaction)
            if let invitation = account.invitation {
                let isUsedUp = try transaction.change(SQL.useInvitation, .bytes(invitation), .integer(account.created))
                guard isUsedUp == 1 else { throw StoreError.notInvited }
            }
            for bound in account.bounds { try Self.count(towards: bound, at: account.created, in: transaction) }
            for key in account.keys {
                try transaction.change(
                    SQL.addKey, .integer(id), .text(key.purpose.rawValue), .integer(Int64(key.version)),
                    .text(key.rootID), .bytes(key.wrapped), .bytes(key.publicKey), .integer(key.created))
            }
            if let key = account.loginKey { try Self.insert(key, of: id, in: transaction) }
        }
    }

    package func addInvitation(
        _ digest: [UInt8], created: Int64, expires: Int64
    ) async throws(StoreError) {
        try await write { transaction in
            try transaction.change(SQL.dropInvitations, .integer(created))
            let count = try transaction.change(
                SQL.addInvitation, .bytes(digest), .integer(created), .integer(expires))
            guard count == 1 else { throw StoreError.exists }
        }
    }

    package func hasInvitation(_ digest: [UInt8], at now: Int64) async throws(StoreError) -> Bool {
        try await read { try $0.row(SQL.findInvitation, .bytes(digest), .integer(now)) != nil }
    }

    package func checkSignUps(_ bounds: [SignUpBound], at now: Int64) async throws(StoreError) {
        for bound in bounds {
            let count = try await read { try Self.signUps(of: bound.source, at: now, in: $0) }
            guard count < bound.limit else { throw bound.refusal }
        }
    }

    /// The row is counted up first: of those who come together each waits for the one before, and then sees its count.
    private static func count(
        towards bound: SignUpBound, at now: Int64, in transaction: PostgresTransaction
    ) throws {
        try transaction.change(SQL.countSignUp, .text(bound.source), .integer(SignUpBound.slot(at: now)))
        guard try signUps(of: bound.source, at: now, in: transaction) <= bound.limit else { throw bound.refusal }
        try transaction.change(SQL.dropSignUps, .integer(SignUpBound.slots(at: now).lowerBound))
    }

    private static func signUps(
        of source: String, at now: Int64, in transaction: PostgresTransaction
    ) throws -> Int {
        let slots = SignUpBound.slots(at: now)
        let row = try transaction.row(
            SQL.signUps, .text(source), .integer(slots.lowerBound), .integer(slots.upperBound))
        return Int(try row?.value { $0.integer(0) } ?? 0)
    }

    /// Who comes second waits for the first, and finds the name taken if that one was committed.
    private static func insert(_ account: NewAccount, in transaction: PostgresTransaction) throws -> Int64 {
        let row = try transaction.row(
            SQL.addAccount, .text(account.name), .text(account.password ?? ""), .integer(account.created))
        guard let row else { throw StoreError.exists }
        return try row.value { $0.integer(0) }
    }

    /// The row stays locked against a change until the commit.
    private static func checkRootKey(of keys: [AccountKey], in transaction: PostgresTransaction) throws {
        guard let row = try transaction.row(SQL.lockRootKey) else { throw StoreError.corrupt }
        let rootID = try row.value { $0.text(0) }
        guard rootID.isEmpty || keys.allSatisfy({ $0.rootID == rootID }) else { throw StoreError.rootChanged }
    }
}

private enum SQL {
    /// The epochs begin at 0, or where a restore from a backup said, before the database came here.
    static let addAccount = """
        INSERT INTO accounts (name, password, created, epoch)
        VALUES ($1, $2, $3, coalesce((SELECT CAST(value AS BIGINT) FROM site WHERE name = 'first-epoch'), 0))
        ON CONFLICT (name) DO NOTHING RETURNING id
        """
    static let lockRootKey = "SELECT value FROM site WHERE name = 'root-key' FOR SHARE"
    static let addKey = """
        INSERT INTO account_keys (account_id, purpose, version, root_id, wrapped, public, created)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """
    static let addInvitation = """
        INSERT INTO invitations (digest, created, expires) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING
        """
    static let dropInvitations = "DELETE FROM invitations WHERE expires <= $1"
    static let signUps = """
        SELECT coalesce(sum(accounts), 0)::BIGINT FROM sign_ups WHERE source = $1 AND slot BETWEEN $2 AND $3
        """
    static let countSignUp = """
        INSERT INTO sign_ups (source, slot, accounts) VALUES ($1, $2, 1)
        ON CONFLICT (source, slot) DO UPDATE SET accounts = sign_ups.accounts + 1
        """
    /// Rows that another transaction has locked are left to it: to wait for them could end in a circle.
    static let dropSignUps = """
        DELETE FROM sign_ups WHERE (source, slot) IN
            (SELECT source, slot FROM sign_ups WHERE slot < $1 LIMIT 100 FOR UPDATE SKIP LOCKED)
        """
    static let useInvitation = "DELETE FROM invitations WHERE digest = $1 AND expires > $2"
    static let findInvitation = "SELECT 1 FROM invitations WHERE digest = $1 AND expires > $2"
}
