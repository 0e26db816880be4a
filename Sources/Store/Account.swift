/// An account as it is stored. Its description names the account and nothing else, so that no log can hold the rest.
package struct Account: Sendable, Equatable, CustomStringConvertible {
    package let id: Int64
    /// Canonical: names are compared byte by byte.
    package let name: String
    /// A PHC string; nil when nobody can log in to the account by password.
    package let password: String?
    /// Every rise ends the tokens that were given out before it.
    package let epoch: Int64
    /// Unix seconds.
    package let created: Int64
    package let state: AccountState

    package init(
        id: Int64, name: String, password: String?, epoch: Int64, created: Int64, state: AccountState = .active
    ) {
        (self.id, self.name, self.password) = (id, name, password)
        (self.epoch, self.created, self.state) = (epoch, created, state)
    }

    package var description: String { "account \(name)" }
}

/// What an account may do. The raw values are stored.
package enum AccountState: String, Sendable, CaseIterable {
    case active
    /// By the operator, until it is made active again.
    case disabled
    /// For good: its keys are erased, and its name is never given again.
    case forgotten
}

/// A public key that an account may log in with.
package struct LoginKey: Sendable, Equatable {
    /// Ed25519, 32 octets.
    package let publicKey: [UInt8]
    /// What its owner calls it.
    package let comment: String
    /// Unix seconds.
    package let created: Int64

    package init(publicKey: [UInt8], comment: String, created: Int64) {
        (self.publicKey, self.comment, self.created) = (publicKey, comment, created)
    }
}

/// What a key is for. The raw values are stored.
package enum KeyPurpose: String, Sendable, CaseIterable {
    case encryption, signing
}

/// One version of one key of an account. Its description leaves the key material out.
package struct AccountKey: Sendable, Equatable, CustomStringConvertible {
    /// The name of the account.
    package let account: String
    package let purpose: KeyPurpose
    /// The highest version is the current one.
    package let version: UInt32
    /// Names the root key that wrapped this one.
    package let rootID: String
    package let wrapped: [UInt8]
    /// Ed25519, 32 bytes; signing keys only.
    package let publicKey: [UInt8]?
    /// Unix seconds.
    package let created: Int64

    package init(
        account: String, purpose: KeyPurpose, version: UInt32, rootID: String, wrapped: [UInt8],
        publicKey: [UInt8]?, created: Int64
    ) {
        (self.account, self.purpose, self.version) = (account, purpose, version)
        (self.rootID, self.wrapped, self.publicKey, self.created) = (rootID, wrapped, publicKey, created)
    }

    package var description: String { "\(purpose.rawValue) key \(version) of \(account)" }
}

/// An account to be added, with its first keys. Every key must carry the account's name.
package struct NewAccount: Sendable, CustomStringConvertible {
    package let name: String
    /// A PHC string; nil for an account without password.
    package let password: String?
    package let keys: [AccountKey]
    /// Unix seconds.
    package let created: Int64
    package let loginKey: LoginKey?
    /// The digest of the invitation that is used up by this, where one is needed.
    package let invitation: [UInt8]?
    /// The bounds that this account counts towards, the narrowest first.
    package let bounds: [SignUpBound]

    package init(
        name: String, password: String? = nil, keys: [AccountKey], created: Int64, loginKey: LoginKey? = nil,
        invitation: [UInt8]? = nil, bounds: [SignUpBound] = []
    ) {
        (self.name, self.password, self.keys, self.created) = (name, password, keys, created)
        (self.loginKey, self.invitation, self.bounds) = (loginKey, invitation, bounds)
    }

    package var description: String { "new account \(name)" }
}
