import Seal
import Store
import Wire

/// The plugin of server B: log-in, verification.
package struct AuthPlugin: Sendable {
    let store: any Store
    let accounts: AccountCache
    let hasher: Hasher
    let keys: TokenKeys
    let identities: Identities
    let throttle: LogInThrottle
    let challenges: Challenges
    /// Seconds that a token is good for.
    let lifetime: Int
    /// Unix seconds.
    let now: @Sendable () -> Int

    package static func plugin(
        store: any Store, accounts: AccountCache, hasher: Hasher, keys: TokenKeys, identities: Identities,
        throttle: LogInThrottle, lifetime: Int, now: @escaping @Sendable () -> Int
    ) -> Plugin {
        let auth = AuthPlugin(
            store: store, accounts: accounts, hasher: hasher, keys: keys, identities: identities, throttle: throttle,
            challenges: Challenges(keys: keys, now: now), lifetime: lifetime, now: now)
        return Plugin(
            name: "auth",
            commands: [
                LogIn(auth: auth), LogOut(auth: auth), WhoAmI(), Passwd(auth: auth), Verify(auth: auth), IssueToken(),
                PublishKeys(auth: auth), MakeChallenge(auth: auth), AddKey(auth: auth), ListKeys(auth: auth),
                DropKey(auth: auth),
            ])
    }

    func token(for name: String, epoch: Int64) throws -> String {
        try keys.issue(to: name, epoch: epoch, lifetime: lifetime)
    }
}
