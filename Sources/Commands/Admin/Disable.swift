import Store
import Wire

/// The DISABLE command, which keeps an account from logging in.
struct Disable: AdminCommand {
    private static let name = Parameter.name("name")

    static let spec = CommandSpec(
        "DISABLE", [name.spec], access: .operator, isRepeatable: true,
        failures: [.noSuchAccount],
        summary: "Keep an account from logging in",
        help:
            "Its tokens end, and its sessions are logged out. Messages can still be sealed to it. ENABLE undoes it."
    )

    let admin: AdminPlugin

    func run(_ call: Call) async throws -> Answer {
        let name = try call.value(Self.name).description
        guard try await admin.store.setState(.disabled, of: name) else { throw Failure.noSuchAccount }
        return Answer(.done("\(name) is disabled, and logged out everywhere"))
    }
}
