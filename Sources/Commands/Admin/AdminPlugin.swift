import Store
import Wire

/// A command of the operator's.
protocol AdminCommand: Command where Context == Call {
    init(admin: AdminPlugin)
}

/// What the operator can do, by the admin socket of any server.
package struct AdminPlugin: Sendable {
    /// Its commands, in the order in which HELP shows them.
    static let commands: [any AdminCommand.Type] = [
        ListAccounts.self, Invite.self, Disable.self, Enable.self, Unlock.self, Forget.self, Health.self,
    ]

    let store: Store
    /// The server's state, a name and a word or more for each of its parts.
    let health: @Sendable () async -> [(part: String, state: String)]
    /// Unix seconds.
    let now: @Sendable () -> Int

    package static func plugin(
        store: Store, health: @escaping @Sendable () async -> [(part: String, state: String)],
        now: @escaping @Sendable () -> Int
    ) -> Plugin {
        let admin = AdminPlugin(store: store, health: health, now: now)
        return Plugin(name: "admin", commands: commands.map { admin.make($0) })
    }

    private func make<Made: AdminCommand>(_ type: Made.Type) -> any ServedCommand<Call> { type.init(admin: self) }
}
