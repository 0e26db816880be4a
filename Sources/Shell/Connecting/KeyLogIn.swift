import Glibc
import NIOCore
import Wire

/// Log-in by a key of ssh's: the server's challenge is signed by ssh-keygen, which asks an agent, or for a passphrase, by
/// itself.
struct KeyLogIn {
    /// A private key, or a public one whose private key an agent has.
    let identity: String

    /// `given`: what the person says; else the usual key, if there is one.
    init?(_ given: String?) {
        let usual = Environment.path("~/.ssh/id_ed25519")
        guard let path = given ?? (access(usual, R_OK) == 0 ? usual : nil) else { return nil }
        identity = path
    }

    /// The server's refusal; nil when the log-in was taken.
    ///
    /// - Throws: a `Stop` when there is no signature.
    func logIn(_ user: String, _ session: Session) throws(Stop) -> Reply? {
        guard session.manifest["CHALLENGE"] != nil else {
            throw Stop(message: "the server knows no log-in by key", status: .refused)
        }
        let challenge = try session.ask(words: "CHALLENGE", user)
        guard challenge.isSuccess else { return challenge }
        let command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "clavero", "-f", identity]
        guard let signature = ChildProcess.output(of: command, input: challenge.text.utf8) else {
            throw Stop(message: Escaping.shown("ssh-keygen made no signature with \(identity)"), status: .refused)
        }
        var request = ByteBuffer(string: "LOGIN CHALLENGE=\(challenge.text) {\(signature.count)+}\r\n")
        request.writeBytes(signature)
        let reply = try session.ask(request)
        return reply.isSuccess ? nil : reply
    }
}
