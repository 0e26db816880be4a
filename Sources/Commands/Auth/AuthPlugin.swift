import Seal
import Signing
import Store
import Wire

/// A command of the plugin `auth`.
protocol AuthCommand: Command where Context == Call {
    init(auth: AuthPlugin)
}

/// The plugin `auth`, which logs users in and verifies signatures and tokens.
package struct AuthPlugin: Sendable {
    /// The commands of the plugin, in the order in which HELP shows them.
    static let commands: [any AuthCommand.Type] = [
        LogIn.self, LogOut.self, WhoAmI.self, Passwd.self, MakeRecoveryCodes.self, Verify.self, IssueToken.self,
        PublishKeys.self, MakeChallenge.self, AddKey.self, ListKeys.self, DropKey.self,
    ]

    let store: Store
    let accounts: AccountCache
    let hasher: Hasher
    let keys: TokenKeys
    let identities: Identities
    let throttle: LogInThrottle
    let challenges: Challenges
    let policy: SitePolicy
    let siteKeys: SiteKeys
    /// Returns the current time in Unix seconds.
    let now: @Sendable () -> Int

    package static func plugin(
        store: Store, accounts: AccountCache, hasher: Hasher, keys: TokenKeys, identities: Identities,
        throttle: LogInThrottle, challenges: Challenges, policy: SitePolicy, siteKeys: SiteKeys,
        now: @escaping @Sendable () -> Int
    ) -> Plugin {
        let auth = AuthPlugin(
            store: store, accounts: accounts, hasher: hasher, keys: keys, identities: identities, throttle: throttle,
            challenges: challenges, policy: policy, siteKeys: siteKeys, now: now)
        return Plugin(name: "auth", commands: commands.map { auth.make($0) })
    }

    private func make<Made: AuthCommand>(_ type: Made.Type) -> any ServedCommand<Call> { type.init(auth: self) }

    /// Issues a session's own token, which says how its user logged in.
    func token(for name: AccountName, epoch: Int64, _ proof: LogInProof?) throws -> String {
        try keys.issue(to: name, epoch: epoch, lifetime: policy.tokenLifetime, proof: proof)
    }

    /// Returns a token of the same account that expires at the same time and has no proof of a log-in. Such a token
    /// is handed out to users, and a log-in by token continues with it.
    func withoutProof(_ token: String, _ bearer: Bearer) throws -> String {
        let claims = bearer.claims
        guard claims.mentionsProof else { return token }
        return try keys.issue(to: bearer.account, epoch: Int64(claims.epoch), lifetime: claims.exp - now())
    }
}
