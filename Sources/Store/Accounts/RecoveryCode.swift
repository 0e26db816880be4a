/// The kinds of codes that give an account a new password. The raw values are stored.
package enum RecoveryCodeKind: String, Sendable, CaseIterable {
    /// One of the codes that the account's owner keeps. It does not expire.
    case recovery
    /// The operator's code.
    case reset
    /// The operator's code, whose use also removes the account's log-in keys and recovery codes.
    case resetDroppingKeys = "reset-drop-keys"
}

/// The outcome of a request to add a reset code.
package enum ResetCodeAddition: Sendable, Equatable {
    /// There is no such account, or it is forgotten. Nothing was changed.
    case noSuchAccount
    /// The account is disabled. Nothing was changed.
    case disabled
    /// The code was added. The account has this number of recovery codes.
    case added(recoveryCodes: Int)
}

/// Codes that give an account a new password, each known by the digest of its text. All times are Unix seconds.
extension Store {
    /// Adds a reset code of an active account, in place of the account's earlier reset code.
    ///
    /// - Parameter dropsKeys: Whether the use of the code also removes the log-in keys and the recovery codes.
    package func addResetCode(
        _ digest: [UInt8], of name: String, dropsKeys: Bool, created: Int64, expires: Int64
    ) async throws(StoreError) -> ResetCodeAddition {
        let kind = dropsKeys ? RecoveryCodeKind.resetDroppingKeys : .reset
        return try await write { connection in
            guard let holder = try Holder(named: name, on: connection) else { return .noSuchAccount }
            guard holder.state == .active else { return .disabled }
            try connection.change(SQL.dropResetCodes, [.integer(holder.id)])
            try holder.add(digest, kind, created: created, expires: expires, on: connection)
            let count = try connection.one(SQL.countRecoveryCodes, [.integer(holder.id)]) { row in
                try row.value(0) as Int
            }
            return .added(recoveryCodes: count ?? 0)
        }
    }

    /// Replaces the account's recovery codes.
    ///
    /// - Returns: false, and nothing is changed, if the epoch is no longer `epoch`, since another change came first, or if
    ///   there is no such account or it is not active.
    package func setRecoveryCodes(
        _ digests: [[UInt8]], of name: String, ifEpoch epoch: Int64, created: Int64
    ) async throws(StoreError) -> Bool {
        try await write { connection in
            // This statement changes nothing. It locks the account, as it is known to the caller.
            guard try connection.change(SQL.lockEpoch, [.text(name), .integer(epoch)]) == 1,
                let holder = try Holder(named: name, on: connection)
            else { return false }
            try connection.change(SQL.dropRecoveryCodes, [.integer(holder.id)])
            for digest in digests {
                try holder.add(digest, .recovery, created: created, expires: nil, on: connection)
            }
            return true
        }
    }

    /// Whether the account has a code of this digest that has not expired. The state of the account does not matter.
    package func hasRecoveryCode(_ digest: [UInt8], of name: String, at now: Int64) async throws(StoreError) -> Bool {
        try await read { try $0.finds(SQL.find, [.text(name), .bytes(digest), .integer(now)]) }
    }

    /// Uses up a code of an active account, replaces the account's password and raises its epoch by one: all of it or
    /// nothing. The account's reset code is removed with any code that is used. If the used code says so, the log-in keys
    /// and the recovery codes are removed as well.
    ///
    /// - Returns: The new epoch; nil if the account has no such code, if the code has expired, or if the account is not
    ///   active. If several requests use one code, one of them gets the epoch.
    package func setPassword(
        _ phc: String, of name: String, usingUp digest: [UInt8], at now: Int64
    ) async throws(StoreError) -> Int64? {
        try await write { connection in
            guard let holder = try Holder(named: name, on: connection), holder.state == .active else { return nil }
            let arguments: [SQLValue] = [.integer(holder.id), .bytes(digest), .integer(now)]
            let kind: RecoveryCodeKind? = try connection.one(SQL.useUp, arguments) { row in try row.value(0) }
            guard let kind else { return nil }
            var drops = [SQL.dropResetCodes]
            if kind == .resetDroppingKeys { drops += [SQL.dropRecoveryCodes, SQL.dropLoginKeys] }
            for text in drops { try connection.change(text, [.integer(holder.id)]) }
            guard try connection.change(SQL.setPassword, [.text(phc), .integer(holder.id)]) == 1 else {
                throw StoreError.corrupt
            }
            try connection.renewMark()
            return holder.epoch + 1
        }
    }
}

/// The account whose codes a transaction changes. Its row is locked, so that such transactions run one after another.
private struct Holder {
    let id: Int64
    let state: AccountState
    let epoch: Int64

    /// Finds the account; nil if there is none, or if it is forgotten.
    init?(named name: String, on connection: any StoreConnection) throws {
        let row = try connection.one(SQL.lockHolder, [.text(name)]) { row in
            (try row.value(0) as Int64, try row.value(1) as AccountState, try row.value(2) as Int64)
        }
        guard let row else { return nil }
        (id, state, epoch) = row
    }

    func add(
        _ digest: [UInt8], _ kind: RecoveryCodeKind, created: Int64, expires: Int64?, on connection: any StoreConnection
    ) throws {
        try connection.change(
            SQL.insert,
            [
                .integer(id), .bytes(digest), .text(kind.rawValue), .integer(created),
                expires.map { .integer($0) } ?? .null,
            ])
    }
}

private enum SQL {
    static let lockHolder: SQLText = """
        SELECT id, state, epoch FROM accounts WHERE name = ?1 AND state <> 'forgotten' \(.forUpdate)
        """
    static let lockEpoch: SQLText = """
        UPDATE accounts SET epoch = epoch WHERE name = ?1 AND epoch = ?2 AND state = 'active'
        """
    static let insert: SQLText = """
        INSERT INTO recovery_codes (account_id, digest, kind, created, expires) VALUES (?1, ?2, ?3, ?4, ?5)
        """
    static let dropResetCodes: SQLText = "DELETE FROM recovery_codes WHERE account_id = ?1 AND kind <> 'recovery'"
    static let dropRecoveryCodes: SQLText = "DELETE FROM recovery_codes WHERE account_id = ?1 AND kind = 'recovery'"
    static let dropLoginKeys: SQLText = "DELETE FROM login_keys WHERE account_id = ?1"
    static let countRecoveryCodes: SQLText = """
        SELECT count(*) FROM recovery_codes WHERE account_id = ?1 AND kind = 'recovery'
        """
    static let find: SQLText = """
        SELECT c.digest FROM accounts a JOIN recovery_codes c ON c.account_id = a.id
        WHERE a.name = ?1 AND c.digest = ?2 AND (c.expires IS NULL OR c.expires > ?3)
        """
    static let useUp: SQLText = """
        DELETE FROM recovery_codes WHERE account_id = ?1 AND digest = ?2 AND (expires IS NULL OR expires > ?3)
        RETURNING kind
        """
    static let setPassword: SQLText = "UPDATE accounts SET password = ?1, epoch = epoch + 1 WHERE id = ?2"
}
