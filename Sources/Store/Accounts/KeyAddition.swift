/// The bounds on the versions of each of an account's keys.
package struct KeyBounds: Sendable {
    /// The largest number of live versions.
    package var live = 64
    /// The largest number of versions, live and retired.
    package var kept = 1024
    /// The number of versions that stay live when a new one is added, which is among them. The older ones are retired.
    /// If it is nil, all stay live.
    package var keeping: Int?

    package init(keeping: Int? = nil) {
        self.keeping = keeping
    }
}

/// The outcome of a request to add new versions of keys.
package enum KeyAddition: Sendable, Equatable {
    case added([AccountKey])
    /// There is no such account, or it is forgotten. In this case and in those below, nothing was changed.
    case noSuchAccount
    /// The newest version is not the expected one, because another request has added one.
    case changed
    /// The key of this purpose has as many live versions as it may have.
    case tooManyLive(KeyPurpose)
    /// The key of this purpose has as many versions as it may have.
    case tooManyKept(KeyPurpose)
}

extension Store {
    /// Adds a new version of each of some keys of an account: all of them or none.
    ///
    /// Requests for the same account come one after another, so each version is made once. The newest version is never
    /// retired or erased, so no number is used twice.
    ///
    /// - Parameters:
    ///   - purposes: The purposes of the keys; nil for those that the account has and that this release makes. The
    ///     account need not have a key of the purpose yet.
    ///   - newest: The newest version of each key that the caller knows, 0 for none; nil if it does not matter.
    ///   - make: Makes a version. It may be called several times for the same one.
    /// - Throws: `.rootChanged` if the site has a root key and a made key is wrapped under another one.
    package func addKeys(
        _ purposes: [KeyPurpose]?, to name: String, ifNewest newest: UInt32? = nil, bounds: KeyBounds = KeyBounds(),
        make: @escaping @Sendable (KeyPurpose, UInt32) throws -> AccountKey
    ) async throws(StoreError) -> KeyAddition {
        try await write { connection in
            guard let account = try AccountKey.lockAccount(name, on: connection) else { return .noSuchAccount }
            let counts = try KeyCount.all(of: account, on: connection)
            let purposes = purposes ?? KeyPurpose.made.filter { counts[$0] != nil }
            var keys: [AccountKey] = []
            for purpose in purposes {
                let count = counts[purpose] ?? KeyCount()
                guard newest == nil || newest == count.newest else { return .changed }
                if let refusal = count.refusal(purpose, bounds) { return refusal }
                keys.append(try make(purpose, count.newest + 1))
            }
            try Self.checkRootKey(of: keys, on: connection)
            try AccountKey.insert(keys, of: account, on: connection)
            for key in keys {
                guard let count = bounds.keeping, key.version > count else { continue }
                let oldest = Int64(key.version) - Int64(count)
                try connection.change(
                    SQL.retire, [.integer(account), .text(key.purpose.rawValue), .integer(oldest)])
            }
            if !keys.isEmpty { try connection.renewMark() }
            return .added(keys)
        }
    }
}

extension KeyPurpose {
    /// The purposes of the keys that this release makes.
    package static let made: [KeyPurpose] = [.encryption, .signing, .mac]
}

extension AccountKey {
    /// Returns the id of an account that is not forgotten, and keeps other writers from changing its keys until the
    /// transaction ends. nil if there is no such account.
    static func lockAccount(_ name: String, on connection: any StoreConnection) throws -> Int64? {
        try connection.one(SQL.lock, [.text(name)]) { row in try row.value(0) }
    }
}

/// The number of versions of a key.
private struct KeyCount {
    var newest: UInt32 = 0
    var kept = 0
    var live = 0

    static func all(of account: Int64, on connection: any StoreConnection) throws -> [KeyPurpose: KeyCount] {
        let counts = try connection.all(SQL.counts, [.integer(account)]) { row in
            guard let newest = UInt32(exactly: try row.value(1) as Int64) else { throw StoreError.corrupt }
            let purpose: KeyPurpose = try row.value(0)
            return (purpose, KeyCount(newest: newest, kept: try row.value(2), live: try row.value(3)))
        }
        return Dictionary(uniqueKeysWithValues: counts)
    }

    /// Returns the refusal of one more version; nil if it may be added.
    func refusal(_ purpose: KeyPurpose, _ bounds: KeyBounds) -> KeyAddition? {
        guard kept < bounds.kept, newest < .max else { return .tooManyKept(purpose) }
        return min(live + 1, bounds.keeping ?? .max) > bounds.live ? .tooManyLive(purpose) : nil
    }
}

private enum SQL {
    /// A writer of uses adds rows that refer to the account while it has locked its keys, so it must not wait for this.
    static let lock: SQLText = "SELECT id FROM accounts WHERE name = ?1 AND state <> 'forgotten' \(.forNoKeyUpdate)"
    static let counts: SQLText = """
        SELECT purpose, max(version), count(*), count(CASE WHEN state = 'live' THEN 1 END) FROM account_keys
        WHERE account_id = ?1 GROUP BY purpose
        """
    static let retire: SQLText = """
        UPDATE account_keys SET state = 'retired'
        WHERE account_id = ?1 AND purpose = ?2 AND version <= ?3 AND state = 'live'
        """
}
