import Store
import Wire

/// UNLOCK: wrong log-ins, forgotten.
struct Unlock: AdminCommand {
    private static let name = Parameter.name("name")

    static let declaration = Declaration(
        "UNLOCK", [name.spec], access: .operator, isRepeatable: true,
        summary: "Forget an account's wrong log-ins",
        help: "Whoever had to wait after too many of them may try again at once, from any network.")

    let admin: AdminPlugin

    func run(_ call: Call) async throws -> Answer {
        let name = try call.value(Self.name).description
        let had = try await admin.store.clearLogInFailures(of: name, from: nil)
        return Answer(.done(had ? "\(name) may try again at once" : "\(name) had no wrong log-ins"))
    }
}
