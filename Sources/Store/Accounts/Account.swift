/// An account as it is stored. Its description names the account and nothing else, so that no log can hold the rest.
package struct Account: Sendable, Equatable, CustomStringConvertible {
    package let id: Int64
    /// The canonical name. Names are compared byte by byte.
    package let name: String
    /// A PHC string; nil if nobody can log in to the account by password.
    package let password: String?
    /// The number by which tokens are ended: every rise ends the tokens that were issued before it.
    package let epoch: Int64
    /// The time of the sign-up, in Unix seconds.
    package let created: Int64
    package let state: AccountState
    package let kind: AccountKind
    /// The time from which the account is to be forgotten, in Unix seconds; nil if it is to be kept.
    package let forgetAt: Int64?

    package init(
        id: Int64, name: String, password: String?, epoch: Int64, created: Int64, state: AccountState = .active,
        kind: AccountKind = .person, forgetAt: Int64? = nil
    ) {
        (self.id, self.name, self.password, self.forgetAt) = (id, name, password, forgetAt)
        (self.epoch, self.created, self.state, self.kind) = (epoch, created, state, kind)
    }

    package var description: String { "account \(name)" }
}

/// The states of an account. The raw values are stored.
package enum AccountState: String, Sendable, CaseIterable {
    case active
    /// The operator disabled the account, until it is made active again.
    case disabled
    /// The account's keys were erased for good, and its name is never given again.
    case forgotten
}

/// The kinds of an account. The raw values are stored.
package enum AccountKind: String, Sendable, CaseIterable {
    case person
    /// The account is a function, such as a mailbox or a service, which several people may act for.
    case role
}

/// An account to be added, with its first keys. Every key must carry the account's name.
package struct NewAccount: Sendable, CustomStringConvertible {
    package let name: String
    package let kind: AccountKind
    /// A PHC string; nil for an account without a password.
    package let password: String?
    package let keys: [AccountKey]
    /// The time of the sign-up, in Unix seconds.
    package let created: Int64
    package let loginKey: LoginKey?
    /// The digest of the invitation that the sign-up uses up, if it needs one.
    package let invitation: [UInt8]?
    /// The bounds that this account counts towards, the narrowest first.
    package let bounds: [SignUpBound]

    package init(
        name: String, kind: AccountKind = .person, password: String? = nil, keys: [AccountKey], created: Int64,
        loginKey: LoginKey? = nil, invitation: [UInt8]? = nil, bounds: [SignUpBound] = []
    ) {
        self.kind = kind
        (self.name, self.password, self.keys, self.created) = (name, password, keys, created)
        (self.loginKey, self.invitation, self.bounds) = (loginKey, invitation, bounds)
    }

    package var description: String { "new account \(name)" }
}

// MARK: - The row

/// An account without a password has the empty text for one.
extension Account {
    /// The columns that ``init(_:)`` reads.
    static let columns: SQLText = "id, name, password, epoch, created, state, kind, forget_at"

    init(_ row: any StoreRow) throws(StoreError) {
        let password: String = try row.value(2)
        self.init(
            id: try row.value(0), name: try row.value(1), password: password.isEmpty ? nil : password,
            epoch: try row.value(3), created: try row.value(4), state: try row.value(5),
            kind: try row.value(6), forgetAt: row.isNull(7) ? nil : try row.value(7))
    }
}

extension NewAccount {
    /// Adds the row of the account, without its keys, and returns its id; nil if the name is taken.
    ///
    /// If two requests add the same name, the second one waits for the first, and then finds the name taken.
    func insert(on connection: any StoreConnection) throws -> Int64? {
        let arguments: [SQLValue] = [.text(name), .text(password ?? ""), .integer(created), .text(kind.rawValue)]
        return try connection.one(Self.insertion, arguments) { row in try row.value(0) }
    }

    /// The epoch begins at 0, or where a restore from a backup said, so that no token of an account that is gone fits
    /// a new account of the same name.
    private static let insertion: SQLText = """
        INSERT INTO accounts (name, password, created, kind, epoch)
        VALUES (?1, ?2, ?3, ?4, coalesce((SELECT CAST(value AS \(.integer)) FROM site WHERE name = 'first-epoch'), 0))
        ON CONFLICT (name) DO NOTHING RETURNING id
        """
}
