import Seal
import Store
import Wire

/// The plugin of server A: identities, keys, encryption.
package struct KeysPlugin: Sendable {
    let store: any Store
    let rootKey: RootKey

    /// `now`: Unix seconds.
    package static func plugin(
        store: any Store, rootKey: RootKey, hasher: Hasher, now: @escaping @Sendable () -> Int
    ) -> Plugin {
        let keys = KeysPlugin(store: store, rootKey: rootKey)
        return Plugin(
            name: "keys",
            commands: [
                SignUp(keys: keys, hasher: hasher, now: now), Encrypt(keys: keys), Decrypt(keys: keys),
                Sign(keys: keys), PubKey(keys: keys),
            ])
    }

    /// A new key, wrapped for the store.
    func wrapped(
        _ key: SecretBytes, of name: AccountName, _ purpose: KeyPurpose, publicKey: [UInt8]? = nil, now: Int
    ) throws -> AccountKey {
        AccountKey(
            account: name.description, purpose: purpose, version: 1, rootID: rootKey.id,
            wrapped: try rootKey.wrap(key, account: name.description, purpose: purpose.rawValue, version: 1),
            publicKey: publicKey, created: Int64(now))
    }

    /// The key that the store's row holds.
    func unwrapped(_ row: AccountKey) throws -> SecretBytes {
        guard row.rootID == rootKey.id else { throw Failure.rootKeyMismatch }
        return try rootKey.unwrap(
            row.wrapped, account: row.account, purpose: row.purpose.rawValue, version: row.version)
    }

    /// The current key of an account that has one, as every account has since it signed up.
    func currentKey(of name: String, _ purpose: KeyPurpose) async throws -> AccountKey {
        guard let key = try await store.accountAndKey(named: name, purpose: purpose)?.key else {
            throw Failure.rootKeyMismatch
        }
        return key
    }
}
