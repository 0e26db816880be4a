import Seal
import Secrets
import Signing
import Store
import Wire

/// The LOGIN command, which makes the session act for an account.
struct LogIn: AuthCommand {
    private static let name = Parameter.name("name")
    private static let password = Parameter.secret("password")
    private static let token = Parameter.secretText("token", key: "TOKEN")
    private static let challenge = Parameter.secretText("challenge", key: "CHALLENGE")
    private static let signature = Parameter("signature", type: .message, or: .notASSHSignature) {
        SSHSignature(armored: $0)
    }

    static let spec = CommandSpec(
        "LOGIN", [name.spec, password.spec], [token.spec], [challenge.spec, signature.spec],
        access: .anyone, isRepeatable: true,
        failures: [
            .wrongLogIn, .throttled, .throttledNetwork, .accountDisabled, .notAToken, .tokenExpired, .tokenEnded,
            .notAChallenge, .challengeOver, .tooManyKeyLogIns, .wrongSignature,
        ],
        isReading: true,
        summary: "Log in with a password, a token or a key",
        help: """
            The server asks for a password that is left out. An unknown name and a wrong password get the same answer, \
            after the same time. TOKEN continues a log-in of another session, but does not count where a command needs \
            a recent log-in. CHALLENGE, with the signature that ssh-keygen -Y sign -n clavero makes of it, logs in \
            with a key that ADDKEY or SIGNUP registered. The session stays logged in until LOGOUT, or until the \
            operator's time limit for tokens. It outlives a restart of a server.
            """)

    let auth: AuthPlugin

    func run(_ call: Call) async throws -> Answer {
        if let token = try call.optional(Self.token) {
            return try await logIn(token: token)
        }
        if let challenge = try call.optional(Self.challenge) {
            return try await logIn(challenge: challenge, try call.value(Self.signature), call.caller)
        }
        return try await logIn(try call.value(Self.name), try call.value(Self.password), call.caller)
    }

    private func logIn(_ name: AccountName, _ password: SecretBytes, _ caller: Caller) async throws -> Answer {
        let found = try await auth.throttle.check(name, from: caller) { () async throws -> Account? in
            let account = try await auth.store.account(named: name.description)
            let isRight = try await auth.hasher.verify(password, against: account?.password, for: caller)
            return isRight ? account : nil
        }
        guard let account = found else { throw Failure.wrongLogIn }
        await rehash(password, of: account, for: caller)
        return try answer(name, account, .password)
    }

    private func logIn(token: String) async throws -> Answer {
        let bearer = try await auth.requireGood(try auth.bearer(of: token))
        let token = try auth.withoutProof(token, bearer)
        return Answer(Reply(235, "2.7.0", "Logged in as \(bearer.account)"), effect: .token(token))
    }

    private func logIn(challenge: String, _ signature: SSHSignature, _ caller: Caller) async throws -> Answer {
        let (given, name) = try auth.challenges.check(challenge, caller)
        // The signature is verified before the account's keys are looked up. So the answer time does not tell whether
        // the account exists or has the key.
        let isGood = signature.isValid(for: challenge.utf8Span.span.bytes, namespace: Challenges.namespace)
        // A signature cannot be guessed. So wrong ones are neither slowed down nor counted in the store.
        let keys = try await auth.store.loginKeys(of: name.description)
        guard isGood, keys.contains(where: { $0.publicKey == signature.publicKey }),
            let account = try await auth.store.account(named: name.description),
            // A log-in key may be a key of the site: it was registered before the site had it, or not with ADDKEY.
            try await !auth.siteKeys.contains(signature.publicKey)
        else {
            throw Failure.wrongSignature
        }
        try auth.challenges.use(given, caller)
        return try answer(name, account, .key)
    }

    /// Hashes the password again if the operator has raised the cost since it was hashed. A failure is ignored.
    private func rehash(_ password: SecretBytes, of account: Account, for caller: Caller) async {
        guard let old = account.password, let cost = PasswordHash.cost(of: old), cost < auth.hasher.cost,
            let new = try? await auth.hasher.hash(password, for: caller)
        else { return }
        _ = try? await auth.store.rehash(new, of: account.name, replacing: old)
    }

    private func answer(_ name: AccountName, _ account: Account, _ method: LogInProof.Method) throws -> Answer {
        guard account.state == .active else { throw Failure.accountDisabled }
        let proof = LogInProof(method, at: auth.now())
        let token = try auth.token(for: name, epoch: account.epoch, proof)
        return Answer(Reply(235, "2.7.0", "Logged in as \(name)"), effect: .token(token))
    }
}

extension AuthPlugin {
    /// Returns the bearer of a token, unless the account has ended the token.
    fileprivate func requireGood(_ bearer: Bearer) async throws -> Bearer {
        let account = try await accounts.account(named: bearer.account, at: accounts.moment())
        guard let account, account.stands(behind: bearer.claims) else { throw Failure.tokenEnded }
        return bearer
    }

    /// Returns the bearer of a token that is correctly signed and has not expired. It does not check whether the
    /// account has ended the token.
    ///
    /// - Throws: `tokenExpired`, `notAToken`.
    func bearer(of token: String) throws(Failure) -> Bearer {
        do throws(TokenError) {
            return try identities.bearer(of: token)
        } catch {
            throw error == .expired ? .tokenExpired : .notAToken
        }
    }
}
