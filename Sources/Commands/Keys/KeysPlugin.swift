import CoreMetrics
import Seal
import Signing
import Store
import Wire

/// Which clients may sign up.
package enum SignUpPolicy: String, Sendable, CaseIterable {
    case open
    /// Only clients with an unused invitation may sign up.
    case invited
    case closed
}

/// A command of the plugin `keys`.
protocol KeysCommand: Command where Context == Call {
    init(keys: KeysPlugin)
}

/// The plugin `keys`, which manages accounts and keys, and encrypts and signs messages.
package struct KeysPlugin: Sendable {
    /// The commands of the plugin, in the order in which HELP shows them.
    static let commands: [any KeysCommand.Type] = [
        SignUp.self, Encrypt.self, Decrypt.self, Rewrap.self, DataKey.self, RandomBytes.self, MAC.self, Sign.self,
        PubKey.self, ListVersions.self, Rotate.self, Retire.self, Erase.self,
    ]

    let store: Store
    let accounts: AccountCache
    let rootKeys: RootKeyRing
    let hasher: Hasher
    let policy: SitePolicy
    let siteKeys: SiteKeys
    let signUps: SignUpGuard
    /// Makes the current keys of accounts where necessary.
    let maker: KeyMaker
    /// Returns the current time in Unix seconds.
    let now: @Sendable () -> Int

    /// Makes the plugin.
    ///
    /// - Parameters:
    ///   - room: Tells whether the disk has room for new accounts; nil if the room is not checked.
    ///   - report: Receives each rotation that no user has asked for.
    package static func plugin(
        store: Store, accounts: AccountCache, rootKeys: RootKeyRing, hasher: Hasher, policy: SitePolicy,
        siteKeys: SiteKeys, room: HeadRoom? = nil, now: @escaping @Sendable () -> Int,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        report: @escaping @Sendable (KeyMaker.Event) -> Void = { _ in }
    ) -> Plugin {
        let keys = KeysPlugin(
            store: store, accounts: accounts, rootKeys: rootKeys, hasher: hasher, policy: policy,
            siteKeys: siteKeys, signUps: SignUpGuard(store, room: room, metrics: metrics),
            maker: KeyMaker(store: store, rootKeys: rootKeys, policy: policy, now: now, report: report), now: now)
        return Plugin(name: "keys", commands: commands.map { keys.make($0) })
    }

    private func make<Made: KeysCommand>(_ type: Made.Type) -> any ServedCommand<Call> { type.init(keys: self) }

    /// Returns the unwrapped key that opens and seals an account's messages.
    func envelopeKey(_ key: KnownKey) throws -> EnvelopeKey {
        try key.envelope(rootKeys.unwrap)
    }

    /// Returns the unwrapped key that signs an account's messages.
    func signingKey(_ key: KnownKey) throws -> SigningKey {
        try key.signing(rootKeys.unwrap)
    }

    /// Returns the unwrapped key that makes and checks an account's tags.
    func macKey(_ key: KnownKey) throws -> MACKey {
        try key.mac(rootKeys.unwrap)
    }
}
