import Store

// What the schema does not allow is damage: it is thrown.

extension PostgresRow {
    func value<Value>(_ read: (PostgresRow) -> Value?) throws(StoreError) -> Value {
        guard let value = read(self) else { throw .corrupt }
        return value
    }
}

extension Account {
    /// Reads id, name, password, epoch, created and state.
    init(_ row: PostgresRow) throws(StoreError) {
        let password = try row.value { $0.text(2) }
        guard let state = AccountState(rawValue: try row.value { $0.text(5) }) else { throw .corrupt }
        self.init(
            id: try row.value { $0.integer(0) }, name: try row.value { $0.text(1) },
            password: password.isEmpty ? nil : password, epoch: try row.value { $0.integer(3) },
            created: try row.value { $0.integer(4) }, state: state)
    }
}

extension LoginKey {
    /// Reads public, comment and created.
    init(_ row: PostgresRow) throws(StoreError) {
        self.init(
            publicKey: try row.value { $0.bytes(0) }, comment: try row.value { $0.text(1) },
            created: try row.value { $0.integer(2) })
    }
}

extension LogInFailures {
    /// Reads failures and last, the first at `index`.
    init(_ row: PostgresRow, from index: Int) throws(StoreError) {
        self.init(
            count: Int(try row.value { $0.integer(index) }), time: try row.value { $0.integer(index + 1) })
    }
}

extension AccountKey {
    /// Reads the account's name, purpose, version, root_id, wrapped, public and created.
    init(_ row: PostgresRow) throws(StoreError) {
        guard let purpose = KeyPurpose(rawValue: try row.value { $0.text(1) }),
            let version = UInt32(exactly: try row.value { $0.integer(2) })
        else { throw .corrupt }
        self.init(
            account: try row.value { $0.text(0) }, purpose: purpose, version: version,
            rootID: try row.value { $0.text(3) }, wrapped: try row.value { $0.bytes(4) }, publicKey: row.bytes(5),
            created: try row.value { $0.integer(6) })
    }
}
