import Seal
import Store
import Wire

/// Who may sign up.
package enum SignUpPolicy: String, Sendable, CaseIterable {
    case open
    /// Whoever has an invitation that was not used.
    case invited
    case closed
}

/// The plugin of server A: identities, keys, encryption.
package struct KeysPlugin: Sendable {
    let store: any Store
    let rootKeys: RootKeyRing

    /// `now`: Unix seconds.
    package static func plugin(
        store: any Store, rootKeys: RootKeyRing, hasher: Hasher, signUp: SignUpPolicy,
        now: @escaping @Sendable () -> Int
    ) -> Plugin {
        let keys = KeysPlugin(store: store, rootKeys: rootKeys)
        return Plugin(
            name: "keys",
            commands: [
                SignUp(keys: keys, hasher: hasher, policy: signUp, now: now), Encrypt(keys: keys),
                Decrypt(keys: keys), Sign(keys: keys), PubKey(keys: keys),
            ])
    }

    /// The key that the store's row holds.
    func unwrapped(_ row: AccountKey) throws -> SecretBytes {
        try rootKeys.unwrap(row)
    }

    /// The current key of an account that has one, as every account has since it signed up.
    func currentKey(of name: String, _ purpose: KeyPurpose) async throws -> AccountKey {
        guard let key = try await store.accountAndKey(named: name, purpose: purpose)?.key else {
            throw Failure.rootKeyMismatch
        }
        return key
    }
}
