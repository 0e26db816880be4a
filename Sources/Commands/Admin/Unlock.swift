import Store
import Wire

/// UNLOCK: wrong log-ins, forgotten.
struct Unlock: AdminCommand {
    private static let name = Parameter.name("name")
    private static let network = Parameter.word("address", key: "NETWORK")

    static let declaration = Declaration(
        "UNLOCK", [name.spec], [network.spec], access: .operator, isRepeatable: true,
        failures: [.notAnAddress],
        summary: "Forget the wrong log-ins of an account or a network",
        help: """
            The account may log in at once, from any network, and for a while also from one with too many wrong \
            log-ins. With NETWORK, an IPv4 or IPv6 address or the word local, all accounts may log in from there again \
            for which not too many were wrong.
            """)

    let admin: AdminPlugin

    func run(_ call: Call) async throws -> Answer {
        if let address = try call.optional(Self.network) { return try await unlock(network: address) }
        let name = try call.value(Self.name).description
        let had = try await admin.store.unlockLogIns(of: name, at: Int64(admin.now()))
        return Answer(.done(had ? "\(name) may try again at once" : "\(name) had no wrong log-ins"))
    }

    private func unlock(network address: String) async throws -> Answer {
        guard let origin = Origin(address: address) else { throw Failure.notAnAddress }
        let had = try await admin.store.clearLogInFailures(ofNetworks: origin.networks)
        let networks = origin.networks.joined(separator: " and ")
        return Answer(.done(had ? "\(networks) may try again at once" : "\(networks) had no wrong log-ins"))
    }
}
