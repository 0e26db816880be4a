import Seal
import Store
import Wire

/// LOGIN: makes the session act for an account.
struct LogIn: Command {
    private static let name = Parameter.name("name")
    private static let password = Parameter.secret("password")

    static let declaration = Declaration(
        "LOGIN", [name.spec, password.spec], access: .anyone, isRepeatable: true,
        failures: [.wrongLogIn],
        summary: "Log in with a name and a password",
        help: """
            A password left out is asked for. An unknown name and a wrong password get the same answer, after the \
            same time. The session stays logged in until LOGOUT, or until the time that the operator set for tokens \
            is up; a restart of a server does not end it.
            """)

    let auth: AuthPlugin

    func run(_ call: Call) async throws -> Answer {
        let name = try call.value(Self.name).description
        let account = try await auth.store.account(named: name)
        let isRight = try await auth.hasher.verify(try call.value(Self.password), against: account?.password)
        guard isRight, let account else { throw Failure.wrongLogIn }
        let token = try auth.token(for: name, epoch: account.epoch)
        return Answer(Reply(235, "2.7.0", "Logged in as \(name)"), effect: .token(token))
    }
}
