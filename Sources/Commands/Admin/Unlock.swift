import Store
import Wire

/// The UNLOCK command, which forgets the wrong log-ins of an account or a network.
struct Unlock: AdminCommand {
    private static let name = Parameter.name("name")
    private static let network = Parameter("address", key: "NETWORK", or: .notAnAddress) { Origin(address: $0) }

    static let spec = CommandSpec(
        "UNLOCK", [name.spec], [network.spec], access: .operator, isRepeatable: true,
        summary: "Forget the wrong log-ins of an account or a network",
        help: """
            The account may log in at once from any network, and for a while also from networks with too many wrong \
            log-ins. With NETWORK, an IPv4 or IPv6 address or the word local, accounts may log in from that network \
            again, except those with too many wrong log-ins of their own.
            """)

    let admin: AdminPlugin

    func run(_ call: Call) async throws -> Answer {
        if let origin = try call.optional(Self.network) { return try await unlock(origin.networks) }
        let name = try call.value(Self.name).description
        let had = try await admin.store.unlockLogIns(of: name, at: Int64(admin.now()))
        return Answer(.done(had ? "\(name) may try again at once" : "\(name) had no wrong log-ins"))
    }

    private func unlock(_ networks: [String]) async throws -> Answer {
        let had = try await admin.store.clearLogInFailures(ofNetworks: networks)
        let names = networks.joined(separator: " and ")
        return Answer(.done(had ? "\(names) may try again at once" : "\(names) had no wrong log-ins"))
    }
}
