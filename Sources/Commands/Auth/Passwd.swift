import Secrets
import Store
import Wire

/// The PASSWD command, which changes the user's own password.
struct Passwd: AuthCommand {
    private static let old = Parameter.secret("old-password")
    private static let new = Parameter.secret("new-password")

    static let spec = CommandSpec(
        "PASSWD", [old.spec, new.spec], access: .user, isRepeatable: false,
        failures: [.wrongPassword, .throttled, .throttledNetwork, .weakPassword, .changedMeanwhile],
        needsRecentLogIn: true,
        summary: "Change your password",
        help: """
            The server asks for passwords that are left out. If the account has no password, the old one is empty. All \
            other sessions of the account are logged out, and all its tokens end; this session stays logged in. The \
            session must have logged in by password or key within the last 10 minutes, even if you know the old \
            password.
            """)

    let auth: AuthPlugin

    func run(_ call: Call) async throws -> Answer {
        let (name, account) = (try await call.user(), try await call.account())
        guard try await isRight(try call.value(Self.old), for: name, account, call.caller) else {
            throw Failure.wrongPassword
        }
        let phc = try await auth.hasher.hash(try call.value(Self.new), for: call.caller)
        guard try await auth.store.setPassword(phc, of: name.description, ifEpoch: account.epoch) else {
            throw Failure.changedMeanwhile
        }
        let token = try auth.token(for: name, epoch: account.epoch + 1, call.proof)
        return Answer(.done("Password changed; every other session is logged out"), effect: .token(token))
    }

    private func isRight(
        _ password: SecretBytes, for name: AccountName, _ account: Account, _ caller: Caller
    ) async throws -> Bool {
        guard let phc = account.password else { return password.count == 0 }
        let isRight: Bool? = try await auth.throttle.check(name, from: caller) {
            try await auth.hasher.verify(password, against: phc, for: caller) ? true : nil
        }
        return isRight == true
    }
}
