import Signing
import Store
import Wire

/// The ADDKEY command, which registers a key to log in with.
struct AddKey: AuthCommand {
    private static let key = Parameter.publicKey("public-key", type: .message)

    static let spec = CommandSpec(
        "ADDKEY", [key.spec], access: .user, isRepeatable: false,
        failures: [.siteKey, .keyKnown, .tooManyKeys], needsRecentLogIn: true,
        summary: "Register a key to log in with",
        help: """
            The key is an Ed25519 public key as ssh-keygen writes it: ssh-ed25519, base64, and a comment. The first \
            128 printable bytes of the comment are kept. Anyone who has the private key can log in as you, by \
            CHALLENGE and LOGIN, until DROPKEY. The session must have logged in by password or key within the last 10 \
            minutes.
            """)

    static let limit = 16

    let auth: AuthPlugin

    func run(_ call: Call) async throws -> Answer {
        let name = try await call.user()
        let key = try call.value(Self.key)
        try await auth.siteKeys.requireForeign(key)
        do {
            guard
                try await auth.store.addLoginKey(
                    LoginKey(key, now: auth.now()), to: name.description, limit: Self.limit)
            else {
                throw Failure.tooManyKeys
            }
        } catch StoreError.exists {
            throw Failure.keyKnown
        }
        return Answer(.done("\(key.fingerprint) can log in as \(name)"))
    }
}

extension LoginKey {
    /// Makes a log-in key for the store.
    ///
    /// - Parameter now: The time of registration, in Unix seconds.
    init(_ key: SSHPublicKey, now: Int) {
        self.init(publicKey: key.raw, comment: key.comment, created: Int64(now))
    }
}
