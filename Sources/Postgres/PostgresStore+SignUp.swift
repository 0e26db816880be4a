import Store

extension PostgresStore {
    package func add(_ account: NewAccount) async throws(StoreError) {
        guard account.keys.allSatisfy({ $0.account == account.name }) else {
            throw .failed("a new account with the key of another")
        }
        try await write { transaction in
            let id = try Self.insert(account, in: transaction)
            try Self.checkRootKey(of: account.keys, in: transaction)
            if let invitation = account.invitation {
                let isUsedUp = try transaction.change(SQL.useInvitation, .bytes(invitation), .integer(account.created))
                guard isUsedUp == 1 else { throw StoreError.notInvited }
            }
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
    static let useInvitation = "DELETE FROM invitations WHERE digest = $1 AND expires > $2"
    static let findInvitation = "SELECT 1 FROM invitations WHERE digest = $1 AND expires > $2"
}
