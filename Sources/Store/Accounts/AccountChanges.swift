/// Changes of an account that is there. Each renews the mark.
extension Store {
    /// Replaces the password and raises the epoch by one, both or neither.
    /// - Returns: false, and nothing is changed, if the epoch is no longer `epoch`, since another change came first, or if
    ///   there is no such account or it is forgotten.
    package func setPassword(
        _ phc: String, of name: String, ifEpoch epoch: Int64
    ) async throws(StoreError) -> Bool {
        try await write { try $0.changeAccount(SQL.setPassword, [.text(phc), .text(name), .integer(epoch)]) }
    }

    /// Replaces the hash of the same password. The epoch stays.
    /// - Returns: false, and nothing is changed, if the hash is no longer `old`.
    package func rehash(_ phc: String, of name: String, replacing old: String) async throws(StoreError) -> Bool {
        try await write { try $0.changeAccount(SQL.rehash, [.text(phc), .text(name), .text(old)]) }
    }

    /// Raises the epoch by one.
    /// - Returns: false if the epoch is no longer `epoch`, or if there is no such account.
    package func raiseEpoch(of name: String, ifEpoch epoch: Int64) async throws(StoreError) -> Bool {
        try await write { try $0.changeAccount(SQL.raiseEpoch, [.text(name), .integer(epoch)]) }
    }

    /// Makes the account active, so that it is no longer to be forgotten, or disables it and raises its epoch by one. Only ``forget(_:)`` sets the state
    /// `.forgotten`: to ask for it here is a mistake of the caller.
    /// - Returns: false if there is no such account or it is forgotten.
    package func setState(_ state: AccountState, of name: String) async throws(StoreError) -> Bool {
        precondition(state != .forgotten, "an account is forgotten by forget")
        let rise = state == .disabled ? 1 : 0
        return try await write {
            try $0.changeAccount(SQL.setState, [.text(state.rawValue), .number(rise), .text(name)])
        }
    }
}

extension StoreConnection {
    /// Changes one account, and renews the mark if it did. Returns whether it did.
    fileprivate func changeAccount(_ text: SQLText, _ arguments: [SQLValue]) throws -> Bool {
        guard try change(text, arguments) == 1 else { return false }
        try renewMark()
        return true
    }
}

private enum SQL {
    static let setPassword: SQLText = """
        UPDATE accounts SET password = ?1, epoch = epoch + 1 WHERE name = ?2 AND epoch = ?3 AND state <> 'forgotten'
        """
    static let rehash: SQLText = """
        UPDATE accounts SET password = ?1 WHERE name = ?2 AND password = ?3 AND state <> 'forgotten'
        """
    static let raiseEpoch: SQLText = "UPDATE accounts SET epoch = epoch + 1 WHERE name = ?1 AND epoch = ?2"
    static let setState: SQLText = """
        UPDATE accounts SET state = ?1, epoch = epoch + ?2,
            forget_at = CASE WHEN ?1 = 'active' THEN NULL ELSE forget_at END
        WHERE name = ?3 AND state <> 'forgotten'
        """
}
