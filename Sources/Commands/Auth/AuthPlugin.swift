import Seal
import Store
import Wire

/// The plugin of server B: log-in, verification.
package struct AuthPlugin: Sendable {
    let store: any Store
    let hasher: Hasher
    let signer: TokenSigner
    let identities: Identities
    /// Seconds that a token is good for.
    let lifetime: Int
    /// Unix seconds.
    let now: @Sendable () -> Int

    package static func plugin(
        store: any Store, hasher: Hasher, signer: TokenSigner, identities: Identities, lifetime: Int,
        now: @escaping @Sendable () -> Int
    ) -> Plugin {
        let auth = AuthPlugin(
            store: store, hasher: hasher, signer: signer, identities: identities, lifetime: lifetime, now: now)
        return Plugin(
            name: "auth",
            commands: [
                LogIn(auth: auth), LogOut(), WhoAmI(), Passwd(auth: auth), Verify(auth: auth), IssueToken(auth: auth),
            ])
    }

    func token(for name: String, epoch: Int64) throws -> String {
        try signer.issue(subject: name, epoch: Int(epoch), now: now(), lifetime: lifetime)
    }
}
