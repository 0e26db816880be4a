import Secrets
import Signing
import Store
import Wire

/// The PASSWD command, which changes the user's own password, or gives an account a new one by a code.
struct Passwd: AuthCommand {
    private static let old = Parameter.secret("old-password")
    private static let new = Parameter.secret("new-password")
    /// The digest of a code of RESET or RECOVERY.
    private static let code = Parameter.codeDigest("code", key: "CODE")
    private static let name = Parameter.name("name")

    static let spec = CommandSpec(
        "PASSWD", [old.spec, new.spec], [code.spec, name.spec, new.spec], access: .user, openForm: 1,
        isRepeatable: false,
        failures: [
            .wrongPassword, .wrongCode, .accountDisabled, .throttled, .throttledNetwork, .weakPassword,
            .changedMeanwhile,
        ],
        needsRecentLogIn: true,
        summary: "Change your password, or choose a new one with a code",
        help: """
            The server asks for passwords that are left out. If the account has no password, the old one is empty. All \
            other sessions of the account are logged out, and all its tokens end; this session stays logged in. The \
            session must have logged in by password or key within the last 10 minutes, even if you know the old \
            password. With CODE, a code that RESET or RECOVERY made, nobody needs to be logged in: the code replaces \
            the old password, and logs the session in. It can be used once. A refusal does not use it up.
            """)

    let auth: AuthPlugin

    func run(_ call: Call) async throws -> Answer {
        if let code = try call.optional(Self.code) {
            return try await choosePassword(code, try call.value(Self.name), call)
        }
        let (name, account) = (try await call.user(), try await call.account())
        guard try await auth.isPassword(try call.value(Self.old), of: name, account, from: call.caller) else {
            throw Failure.wrongPassword
        }
        let phc = try await auth.hasher.hash(try call.value(Self.new), for: call.caller)
        guard try await auth.store.setPassword(phc, of: name.description, ifEpoch: account.epoch) else {
            throw Failure.changedMeanwhile
        }
        let token = try auth.token(for: name, epoch: account.epoch + 1, call.proof)
        return Answer(.done("Password changed; every other session is logged out"), effect: .token(token))
    }

    /// Replaces the password by a code.
    ///
    /// A wrong code, a code of another account, a used one and an expired one get one refusal, as does a name without an
    /// account, and count as wrong log-ins. No password is hashed before the code was found right: a wrong code is answered
    /// after the same one look into the database, whatever is wrong about it.
    private func choosePassword(_ code: [UInt8], _ name: AccountName, _ call: Call) async throws -> Answer {
        let found: Bool? = try await auth.throttle.check(name, from: call.caller) {
            try await auth.store.hasRecoveryCode(code, of: name.description, at: Int64(auth.now())) ? true : nil
        }
        guard found == true else { throw Failure.wrongCode }
        let account = try await auth.store.account(named: name.description)
        guard account?.state == .active else { throw Failure.accountDisabled }
        let phc = try await auth.hasher.hash(try call.value(Self.new), for: call.caller)
        // Another request may have used the code since, at this server or at another one.
        guard
            let epoch = try await auth.store.setPassword(
                phc, of: name.description, usingUp: code, at: Int64(auth.now()))
        else { throw Failure.wrongCode }
        let token = try auth.token(for: name, epoch: epoch, LogInProof(.password, at: auth.now()))
        return Answer(
            .done(["Password changed; all other log-ins have ended", "Logged in as \(name)"]), effect: .token(token))
    }
}

extension AuthPlugin {
    /// Whether the password is the account's. Wrong ones are counted and slowed down as those of log-ins are. An account
    /// without a password has the empty one.
    func isPassword(
        _ password: SecretBytes, of name: AccountName, _ account: Account, from caller: Caller
    ) async throws -> Bool {
        guard let phc = account.password else { return password.count == 0 }
        let isRight: Bool? = try await throttle.check(name, from: caller) {
            try await hasher.verify(password, against: phc, for: caller) ? true : nil
        }
        return isRight == true
    }
}
