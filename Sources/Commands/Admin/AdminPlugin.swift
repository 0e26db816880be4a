import Store
import Wire

/// A command for the operator.
protocol AdminCommand: Command where Context == Call {
    init(admin: AdminPlugin)
}

/// The plugin of the operator's commands, which any server answers on its admin socket.
package struct AdminPlugin: Sendable {
    /// The commands of the plugin, in the order in which HELP shows them.
    static let commands: [any AdminCommand.Type] = [
        ListAccounts.self, Invite.self, Disable.self, Enable.self, Unlock.self, Reset.self, Forget.self,
        Health.self,
    ]

    let store: Store
    /// Returns the server's state: for each part its name, and one or more words about its state.
    let health: @Sendable () async -> [(part: String, state: String)]
    /// Returns the current time in Unix seconds.
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
