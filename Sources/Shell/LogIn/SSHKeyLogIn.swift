import Glibc
import Input
import NIOCore
import Wire

/// The log-in by an SSH key. ssh-keygen signs the server's challenge; it finds the agent or asks for the passphrase
/// itself.
struct SSHKeyLogIn {
    /// The path of a private key, or of a public key whose private key is in the agent.
    let identity: String

    /// Returns nil if no key is given and the default key does not exist.
    ///
    /// - Parameter given: the path from the options or the profile.
    init?(_ given: String?) {
        let usual = Environment.expandedPath("~/.ssh/id_ed25519")
        guard let path = given ?? (access(usual, R_OK) == 0 ? usual : nil) else { return nil }
        identity = path
    }

    /// Logs in with the key. Returns the server's refusal, or nil if the log-in succeeds.
    ///
    /// - Throws: an `ExitError` if there is no signature.
    func logIn(_ user: String, _ connection: ServerConnection) throws(ExitError) -> Reply? {
        guard connection.manifest["CHALLENGE"] != nil else {
            throw ExitError(message: "the server offers no log-in by key", status: .refused)
        }
        let challenge = try connection.ask(words: "CHALLENGE", user)
        guard challenge.isSuccess else { return challenge }
        guard RequestEncoder.isPlain(Array(challenge.text.utf8)) else {
            throw ExitError(message: "the server gave no challenge for the key", status: .refused)
        }
        let command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "clavero", "-f", identity]
        guard let signature = OtherProgram.output(of: command, input: challenge.text.utf8) else {
            throw ExitError(
                message: TerminalText.escaped("ssh-keygen made no signature with \(identity)"), status: .refused)
        }
        var request = ByteBuffer(string: "LOGIN CHALLENGE=\(challenge.text) {\(signature.count)+}\r\n")
        request.writeBytes(signature)
        let reply = try connection.ask(request)
        return reply.isSuccess ? nil : reply
    }
}
