import Secrets
import Store
import Wire

/// The RECOVERY command, which makes the codes that an account's owner keeps for the day when the password is forgotten.
struct MakeRecoveryCodes: AuthCommand {
    private static let password = Parameter.secret("password")
    private static let count = 10

    static let spec = CommandSpec(
        "RECOVERY", [password.spec], access: .user, isRepeatable: false,
        failures: [.wrongPassword, .throttled, .throttledNetwork, .changedMeanwhile], needsRecentLogIn: true,
        summary: "Make codes for the day when you forget your password",
        help: """
            The answer is ten codes, a line each. Each of them lets you choose a new password once, with PASSWD \
            CODE=code name. They do not expire, and replace your earlier codes. They are shown once; the server keeps \
            their digests. Keep them on paper or in a safe place, because anyone who has one can take the account. The \
            server asks for the password if you leave it out. If the account has no password, it is empty. The session \
            must have logged in by password or key within the last 10 minutes.
            """)

    let auth: AuthPlugin

    func run(_ call: Call) async throws -> Answer {
        let (name, account) = (try await call.user(), try await call.account())
        guard try await auth.isPassword(try call.value(Self.password), of: name, account, from: call.caller) else {
            throw Failure.wrongPassword
        }
        let codes = (0..<Self.count).map { _ in SecretCode.recovery.make() }
        guard
            try await auth.store.setRecoveryCodes(
                codes.map { SecretCode.digest(of: $0) }, of: name.description, ifEpoch: account.epoch,
                created: Int64(auth.now()))
        else { throw Failure.changedMeanwhile }
        return Answer(.done(codes))
    }
}
