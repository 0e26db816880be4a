import Signing
import Store
import Wire

/// The DROPKEY command, which removes a key to log in with.
struct DropKey: AuthCommand {
    private static let fingerprint = Parameter("fingerprint", or: .noSuchKey) { SSHFingerprint($0) }

    static let spec = CommandSpec(
        "DROPKEY", [fingerprint.spec], access: .user, isRepeatable: false, needsRecentLogIn: true,
        summary: "Remove a key that you can log in with",
        help: """
            The fingerprint is one that LISTKEYS shows. Sessions that the key began stay logged in; LOGOUT EVERYWHERE \
            ends them. The session must have logged in by password or key within the last 10 minutes.
            """)

    let auth: AuthPlugin

    func run(_ call: Call) async throws -> Answer {
        let name = try await call.user().description
        let fingerprint = try call.value(Self.fingerprint)
        let key = try await auth.store.loginKeys(of: name).first { key in
            try SSHPublicKey(raw: key.publicKey, comment: "").fingerprint == fingerprint
        }
        guard let key, try await auth.store.removeLoginKey(key.publicKey, of: name) else { throw Failure.noSuchKey }
        return Answer(.done("\(fingerprint) can no longer log in"))
    }
}
