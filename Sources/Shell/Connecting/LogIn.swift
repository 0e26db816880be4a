import Glibc
import NIOCore
import Wire

/// The log-in of whom the destination names: by a key of ssh's, by a password that stands in a file, or by one that is
/// asked for.
struct LogIn {
    private static let tries = 3

    let session: Session
    let user: String
    private let destination: Destination

    /// nil where nobody is named.
    init?(_ session: Session) {
        destination = session.connector.destination
        guard let user = destination.user else { return nil }
        self.session = session
        self.user = user
    }

    /// - Throws: a `Stop` that says what was tried, when nothing led to a log-in.
    func run() throws(Stop) {
        var tried: [String] = []
        if try byKey(&tried) { return }
        if try byFile(&tried) { return }
        guard Screen.isInput, Screen.isErrors else {
            let all = tried.isEmpty ? "there is neither a key nor a password file" : tried.joined(separator: "; ")
            throw Stop(message: Escaping.shown("\(user) is not logged in: \(all)"), status: .refused)
        }
        // A key that somebody named should have been the right one.
        if destination.identity != nil || destination.passwordFile != nil {
            for reason in tried { Output.complain(Escaping.shown(reason)) }
        }
        try byAsking()
    }

    private func byKey(_ tried: inout [String]) throws(Stop) -> Bool {
        guard let key = KeyLogIn(destination.identity) else { return false }
        let words = "the key \(key.identity)"
        do throws(Stop) {
            guard let refusal = try key.logIn(user, session) else { return true }
            tried.append("\(words): \(Output.text(of: refusal))")
        } catch {
            guard error.status == .refused else { throw error }
            tried.append(error.message)
        }
        return false
    }

    private func byFile(_ tried: inout [String]) throws(Stop) -> Bool {
        guard let path = destination.passwordFile else { return false }
        let password = try PasswordFile.password(path)
        let reply = try logIn(with: password)
        if reply.isSuccess { return true }
        guard reply.code == 535 else { throw Stop(message: Output.text(of: reply), status: reply.status) }
        tried.append("the password in \(path): \(Output.text(of: reply))")
        return false
    }

    /// The password follows when the server has asked for it: one that takes none in clear says so before.
    private func logIn(with password: [UInt8]) throws(Stop) -> Reply {
        let reply = try session.ask(words: "LOGIN", user)
        return reply.code == 334 ? try session.ask(ByteBuffer(bytes: password)) : reply
    }

    private func byAsking() throws(Stop) {
        for _ in 0..<Self.tries {
            guard let password = SecretPrompt.password(of: user) else {
                throw Stop(message: "\(Escaping.shown(user)) is not logged in", status: .refused)
            }
            let reply = try logIn(with: password)
            if reply.isSuccess { return }
            Output.refusal(reply)
            guard reply.code == 535 else { break }
        }
        throw Stop(message: "\(Escaping.shown(user)) is not logged in", status: .refused)
    }
}

/// A file whose first line is a password.
enum PasswordFile {
    /// - Throws: a `Stop`, also when others can read the file: then it holds no secret.
    static func password(_ path: String) throws(Stop) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw failure(path, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & 0o077 == 0 else {
            throw failure(path, "others can read it; chmod 600 makes it yours alone")
        }
        guard let octets = Files.text(descriptor) else { throw failure(path, String(cString: strerror(errno))) }
        let line = octets.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        guard !line.isEmpty else { throw failure(path, "its first line is empty") }
        return Array(line)
    }

    private static func failure(_ path: String, _ reason: String) -> Stop {
        Stop(message: Escaping.shown("\(path): \(reason)"), status: .input)
    }
}

extension Session {
    /// Logs in whom the destination names, if it names anybody.
    func logIn() throws(Stop) {
        try LogIn(self)?.run()
    }
}
