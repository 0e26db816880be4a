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
        let isForgotten = try await write { connection in
            // The account comes first, so that nobody adds anything to it meanwhile.
            guard try connection.change(SQL.forget, [.text(name)]) == 1 else { return false }
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
    /// Removes what belongs to the account.
    static let drops: [SQLText] =
        ["account_keys", "key_uses", "login_keys", "recovery_codes"].map { table in
            "DELETE FROM \(verbatim: table) WHERE account_id = (SELECT id FROM accounts WHERE name = ?1)"
        } + ["DELETE FROM login_failures WHERE account = ?1"]
}
