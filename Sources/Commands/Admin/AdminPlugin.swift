import Store
import Wire

/// What the operator can do, by the admin socket of any server.
package struct AdminPlugin: Sendable {
    let store: any Store
    /// The server's state, a name and a word or more for each of its parts.
    let health: @Sendable () async -> [(part: String, state: String)]
    /// Unix seconds.
    let now: @Sendable () -> Int

    package static func plugin(
        store: any Store, health: @escaping @Sendable () async -> [(part: String, state: String)],
        now: @escaping @Sendable () -> Int
    ) -> Plugin {
        let admin = AdminPlugin(store: store, health: health, now: now)
        return Plugin(
            name: "admin",
            commands: [
                ListAccounts(admin: admin), Invite(admin: admin), Disable(admin: admin), Enable(admin: admin),
                Unlock(admin: admin), Forget(admin: admin), Health(admin: admin),
            ])
    }
}
