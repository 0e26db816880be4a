import Store
import Wire

/// The LOGOUT command, which ends the session's log-in. With EVERYWHERE it ends all log-ins of the account.
struct LogOut: AuthCommand {
    private enum Scope: String, CaseIterable {
        case everywhere = "EVERYWHERE"
    }

    private static let scope = Parameter<Scope>.choice("scope", or: .onlyEverywhere)

    static let spec = CommandSpec(
        "LOGOUT", [scope.optional], access: .user, isRepeatable: false,
        failures: [.changedMeanwhile],
        // LOGOUT only takes rights away. So even EVERYWHERE is not refused when the audit log cannot be written.
        isReading: true,
        summary: "End this session's log-in, or all of the account's",
        help: """
            The session continues, logged out. Other sessions of the account stay logged in, and the account's tokens \
            stay valid. LOGOUT EVERYWHERE ends those too.
            """)

    let auth: AuthPlugin

    func run(_ call: Call) async throws -> Answer {
        guard try call.optional(Self.scope) != nil else {
            return Answer(.done("Logged out"), effect: .loggedOut)
        }
        let account = try await call.account()
        guard try await auth.store.raiseEpoch(of: account.name, ifEpoch: account.epoch) else {
            throw Failure.changedMeanwhile
        }
        return Answer(.done("Logged out everywhere"), effect: .loggedOut)
    }
}
