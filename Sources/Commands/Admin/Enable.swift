import Store
import Wire

/// The ENABLE command, which lets a disabled account log in again.
struct Enable: AdminCommand {
    private static let name = Parameter.name("name")

    static let spec = CommandSpec(
        "ENABLE", [name.spec], access: .operator, isRepeatable: true,
        failures: [.noSuchAccount],
        summary: "Let a disabled account log in again",
        help: """
            Its password and its keys are unchanged. If FORGET AFTER= disabled the account, it is no longer to be \
            forgotten.
            """)

    let admin: AdminPlugin

    func run(_ call: Call) async throws -> Answer {
        let name = try call.value(Self.name).description
        guard try await admin.store.setState(.active, of: name) else { throw Failure.noSuchAccount }
        return Answer(.done("\(name) can log in"))
    }
}
