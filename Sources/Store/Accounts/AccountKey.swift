/// The purposes of an account's keys. The raw values are stored.
package enum KeyPurpose: String, Sendable, CaseIterable {
    case encryption, signing, mac
    /// The purposes of keys that a newer release may have made in a database that servers share. They are kept, copied and
    /// wrapped anew as all others are.
    case artifact, age
}

/// The states of a key's version. The raw values are stored.
package enum KeyState: String, Sendable, CaseIterable {
    case live
    /// The version opens and verifies nothing, until it is made live again.
    case retired
}

/// One version of one key of an account. Its description leaves the key material out.
package struct AccountKey: Sendable, Equatable, CustomStringConvertible {
    /// The name of the account.
    package let account: String
    package let purpose: KeyPurpose
    /// The number of the version. The highest one is the current one.
    package let version: UInt32
    /// The id of the root key that wrapped this key.
    package let rootID: String
    package let wrapped: [UInt8]
    /// The public key, 32 bytes of Ed25519; nil for a key that has none.
    package let publicKey: [UInt8]?
    /// The time at which the key was made, in Unix seconds.
    package let created: Int64
    package let state: KeyState
    /// The time of the last use that was counted, in Unix seconds; nil if none was counted.
    package let used: Int64?

    package init(
        account: String, purpose: KeyPurpose, version: UInt32, rootID: String, wrapped: [UInt8],
        publicKey: [UInt8]?, created: Int64, state: KeyState = .live, used: Int64? = nil
    ) {
        (self.state, self.used) = (state, used)
        (self.account, self.purpose, self.version) = (account, purpose, version)
        (self.rootID, self.wrapped, self.publicKey, self.created) = (rootID, wrapped, publicKey, created)
    }

    package var description: String { "\(purpose.rawValue) key \(version) of \(account)" }
}

// MARK: - The row

extension AccountKey {
    /// The columns that ``init(_:)`` reads, where `a` is the table of accounts and `k` that of their keys.
    static let columns: SQLText = """
        a.name, k.purpose, k.version, k.root_id, k.wrapped, k.public, k.created, k.state, k.used
        """

    init(_ row: any StoreRow) throws(StoreError) {
        guard let version = UInt32(exactly: try row.value(2) as Int64) else { throw .corrupt }
        let used: Int64 = try row.value(8)
        self.init(
            account: try row.value(0), purpose: try row.value(1), version: version, rootID: try row.value(3),
            wrapped: try row.value(4), publicKey: try row.optional(5), created: try row.value(6),
            state: try row.value(7), used: used == 0 ? nil : used)
    }

    /// Adds the rows of an account's keys.
    static func insert(_ keys: [AccountKey], of account: Int64, on connection: any StoreConnection) throws {
        guard !keys.isEmpty else { return }
        let arguments = keys.flatMap { key -> [SQLValue] in
            [
                .integer(account), .text(key.purpose.rawValue), .number(key.version), .text(key.rootID),
                .bytes(key.wrapped), .bytes(orNull: key.publicKey), .integer(key.created),
            ]
        }
        try connection.change(insertions[keys.count], arguments)
    }

    private static let insertions = SQLSeries(upTo: 4) { count in
        """
        INSERT INTO account_keys (account_id, purpose, version, root_id, wrapped, public, created)
        VALUES \(.rows(count, of: 7))
        """
    }
}
