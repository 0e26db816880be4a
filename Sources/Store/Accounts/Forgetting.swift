/// The outcome of a request to forget an account.
package enum Forgetting: Sendable, Equatable {
    /// There is no such account, or it was forgotten before. Nothing was changed.
    case noSuchAccount
    /// No file contains anything of the account any more.
    case erased
    /// The account is erased from the database. The log still contains it, since somebody who reads the database keeps
    /// the log from being emptied. The store tries again after every later write, and when it is opened, until it is done.
    case leftInLog
    /// The account is erased from the tables. Its server overwrites the rows when it vacuums, and keeps its log as it is
    /// configured to.
    case leftToServer
}

extension Store {
    /// Erases the account's keys and their counted uses, its log-in keys, its password, its recovery codes and its
    /// failures to log in, and raises its epoch by one.
    /// The name stays taken.
    package func forget(_ name: String) async throws(StoreError) -> Forgetting {
        try await forget(by: SQL.forget, [.text(name)], name)
    }

    /// Forgets the account as ``forget(_:)`` does, if its time has come at `now`, in Unix seconds. On a PostgreSQL server,
    /// the time must have come by the clock of that server too.
    /// - Returns: `.noSuchAccount`, and nothing is changed, if the account is not to be forgotten, or not yet. If several
    ///   servers try, one of them gets another outcome.
    package func forgetIfDue(_ name: String, at now: Int64) async throws(StoreError) -> Forgetting {
        try await forget(by: SQL.forgetIfDue, [.text(name), .integer(now)], name)
    }

    /// Returns the names of up to `limit` accounts that ``forgetIfDue(_:at:)`` would forget at `now`, the earliest first.
    package func accountsToForget(at now: Int64, limit: Int) async throws(StoreError) -> [String] {
        try await read { connection in
            try connection.all(SQL.findDue, [.number(limit), .integer(now)]) { row in try row.value(0) }
        }
    }

    /// Disables the account, raises its epoch by one, and sets the time from which it is to be forgotten, in Unix seconds.
    /// An earlier setting is replaced. ``setState(_:of:)`` removes it when it makes the account active.
    /// - Returns: false if there is no such account or it is forgotten.
    package func forgetLater(_ name: String, at time: Int64) async throws(StoreError) -> Bool {
        try await write { connection in
            guard try connection.change(SQL.forgetLater, [.text(name), .integer(time)]) == 1 else { return false }
            try connection.renewMark()
            return true
        }
    }

    private func forget(
        by text: SQLText, _ arguments: [SQLValue], _ name: String
    ) async throws(StoreError) -> Forgetting {
        let isForgotten = try await write { connection in
            // The account comes first, so that nobody adds anything to it meanwhile.
            guard try connection.change(text, arguments) == 1 else { return false }
            for text in SQL.drops {
                try connection.change(text, [.text(name)])
            }
            try connection.renewMark()
            return true
        }
        return isForgotten ? await driver.eraseDeleted() : .noSuchAccount
    }
}

private enum SQL {
    static let forget: SQLText = """
        UPDATE accounts SET state = 'forgotten', password = '', epoch = epoch + 1, forget_at = NULL
        WHERE name = ?1 AND state <> 'forgotten'
        """
    static let isDue: SQLText = "forget_at <= \(.secondByBothClocks)"
    static let forgetIfDue: SQLText = "\(forget) AND \(isDue)"
    static let findDue: SQLText = "SELECT name FROM accounts WHERE \(isDue) ORDER BY forget_at LIMIT ?1"
    static let forgetLater: SQLText = """
        UPDATE accounts SET state = 'disabled', epoch = epoch + 1, forget_at = ?2
        WHERE name = ?1 AND state <> 'forgotten'
        """
    /// Removes what belongs to the account.
    static let drops: [SQLText] =
        ["account_keys", "key_uses", "login_keys", "recovery_codes"].map { table in
            "DELETE FROM \(verbatim: table) WHERE account_id = (SELECT id FROM accounts WHERE name = ?1)"
        } + ["DELETE FROM login_failures WHERE account = ?1"]
}
