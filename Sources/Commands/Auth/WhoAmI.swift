import Store
import Wire

/// The WHOAMI command, which tells which account the session acts for.
struct WhoAmI: AuthCommand, MemoryCommand {
    static let spec = CommandSpec(
        "WHOAMI", access: .user, isRepeatable: true, isReading: true, yieldsCredential: false,
        summary: "Tell who is logged in", help: "The answer is the account's name.")

    init(auth: AuthPlugin) {}

    func answer(_ call: Call) throws -> Answer { Answer(.done(try call.actingName().description)) }
}
