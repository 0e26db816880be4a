import Wire

/// The HEALTH command, which shows the state of the server's parts.
struct Health: AdminCommand {
    static let spec = CommandSpec(
        "HEALTH", access: .operator, isRepeatable: true, isAudited: false,
        summary: "Show whether the server is healthy",
        help: "Each line has a part of the server, its state and details. HEALTH is not audited.")

    let admin: AdminPlugin

    func run(_ call: Call) async throws -> Answer {
        Answer(.done(await admin.health().map { "\($0.part): \($0.state)" }))
    }
}
