import Signing
import Store
import Wire

/// The LISTKEYS command, which lists the account's log-in keys.
struct ListKeys: AuthCommand {
    static let spec = CommandSpec(
        "LISTKEYS", access: .user, isRepeatable: true, isReading: true, yieldsCredential: false,
        summary: "List the keys that you can log in with",
        help: "Each line has the fingerprint of a key, as ssh-keygen -l shows it, and the key's comment.")

    let auth: AuthPlugin

    func run(_ call: Call) async throws -> Answer {
        let keys = try await auth.store.loginKeys(of: try await call.user().description)
        guard !keys.isEmpty else { return Answer(.done("No keys")) }
        let lines = try keys.map { key in
            try SSHPublicKey(raw: key.publicKey, comment: key.comment).shown
        }
        return Answer(.done(lines))
    }
}

extension SSHPublicKey {
    /// The fingerprint and, if there is one, the comment.
    var shown: String { comment.isEmpty ? fingerprint.description : "\(fingerprint) \(comment)" }
}
