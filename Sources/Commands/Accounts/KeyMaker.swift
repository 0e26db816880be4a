import Seal
import Secrets
import Signing
import Store
import Wire

/// Makes new versions of accounts' keys: when their owners ask for them, when a key is needed for the first time, and
/// when a key is older than the site's policy allows.
package struct KeyMaker: Sendable {
    /// A key that was made without a request of its owner, or was not.
    package enum Event: Sendable {
        case rotated(AccountKey)
        /// The key is due and stays as it is for now.
        case kept(account: String, KeyPurpose, reason: String)
    }

    /// The current key of an account, which is to be replaced; nil if the account has none.
    struct DueKey: Sendable {
        let name: AccountName
        let known: KnownKey?
    }

    let store: Store
    let rootKeys: RootKeyRing
    let policy: SitePolicy
    /// Returns the current time in Unix seconds.
    let now: @Sendable () -> Int
    let report: @Sendable (Event) -> Void

    /// Adds a new version of each of some keys, as `Store.addKeys` says.
    func add(
        _ purposes: [KeyPurpose]?, to name: AccountName, ifNewest newest: UInt32? = nil, bounds: KeyBounds
    ) async throws -> KeyAddition {
        let name = name.description
        return try await rootKeys.wrapping(for: store) { root in
            try await store.addKeys(purposes, to: name, ifNewest: newest, bounds: bounds) { [now] purpose, version in
                try AccountKey(making: purpose, version: version, of: name, under: root, now: now())
            }
        }
    }

    /// Returns the accounts whose current key must be made first: it does not exist, although the purpose's keys are
    /// made when they are needed, or it is too old.
    func due(_ purpose: KeyPurpose, _ names: [AccountName], _ current: [KnownKey?]) -> [DueKey] {
        let age = policy.rotationAge
        guard age != nil || purpose == .mac else { return [] }
        let now = now()
        return zip(names, current).compactMap { name, known in
            guard let known else { return purpose == .mac ? DueKey(name: name, known: nil) : nil }
            guard let age, now - Int(known.row.created) >= age, known.mayRotate(at: now) else { return nil }
            return DueKey(name: name, known: known)
        }
    }

    /// Adds a new version of each key, unless another request does so. A key that exists and cannot be replaced now is
    /// still used.
    func make(_ due: [DueKey], _ purpose: KeyPurpose) async throws {
        for key in due where key.known?.claimRotation(at: now()) != false {
            do {
                let newest = key.known?.row.version ?? 0
                let addition = try await add(
                    [purpose], to: key.name, ifNewest: newest, bounds: policy.keyBounds)
                report(addition, of: key, purpose)
            } catch  where key.known != nil {
                report(.kept(account: key.name.description, purpose, reason: "\(error)"))
            }
        }
    }

    private func report(_ addition: KeyAddition, of key: DueKey, _ purpose: KeyPurpose) {
        let account = key.name.description
        switch addition {
        // The first version replaces nothing.
        case .added(let keys) where key.known != nil: keys.forEach { report(.rotated($0)) }
        case .added, .changed, .noSuchAccount: break
        case .tooManyLive:
            report(.kept(account: account, purpose, reason: "it has as many live versions as it may have"))
        case .tooManyKept: report(.kept(account: account, purpose, reason: "it has as many versions as it may have"))
        }
    }
}

extension Call {
    /// Returns the current key of an account for a purpose. Before that, the key is made if it is a MAC key that the
    /// account does not have yet, or if the current key is older than the site's policy allows.
    ///
    /// - Returns: nil for an account without a key, and for one that does not exist.
    /// - Throws: `NotInMemory`.
    func currentKey(of name: AccountName, _ purpose: KeyPurpose, by maker: KeyMaker) throws -> KnownKey? {
        try currentKeys(of: [name], purpose, by: maker)[0]
    }

    /// Returns the current keys of several accounts, in the order of the names, as `currentKey` does.
    func currentKeys(of names: [AccountName], _ purpose: KeyPurpose, by maker: KeyMaker) throws -> [KnownKey?] {
        let current = try currentKeys(of: names, purpose)
        // A key that could not be made is not waited for.
        guard !hasMadeKeys else { return current }
        let due = maker.due(purpose, names, current)
        guard due.isEmpty else { throw NotInMemory.keysToMake(due, purpose, maker) }
        return current
    }
}

extension AccountKey {
    /// Makes a key, and wraps it for the store.
    init(making purpose: KeyPurpose, version: UInt32, of name: String, under root: RootKey, now: Int) throws {
        let signing = purpose == .signing ? SigningKey() : nil
        let key = signing?.seed ?? SecretBytes.random(count: 32)
        self.init(
            account: name, purpose: purpose, version: version, rootID: root.id,
            wrapped: try root.wrap(key, account: name, purpose: purpose.rawValue, version: version),
            publicKey: signing?.rawPublicKey, created: Int64(now))
    }
}
