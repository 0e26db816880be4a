import Input
import NIOCore
import Wire

/// The log-in of the destination's user, by an SSH key, by a password file or by a prompt, in this order.
struct LogIn {
    private static let maximumAttempts = 3

    let connection: ServerConnection
    let user: String
    private let destination: Destination

    /// Returns nil if the destination names no user.
    init?(_ connection: ServerConnection) {
        destination = connection.connector.destination
        guard let user = destination.user else { return nil }
        self.connection = connection
        self.user = user
    }

    /// Tries each way in its order.
    ///
    /// - Throws: an `ExitError` that lists the failures, if no way succeeds.
    func run() throws(ExitError) {
        var failures: [String] = []
        if try logInByKey(&failures) { return }
        if try logInByPasswordFile(&failures) { return }
        guard RawTerminal.isAvailable else {
            let all = failures.isEmpty ? SecretPrompt.noTerminal.message : failures.joined(separator: "; ")
            throw ExitError(message: TerminalText.escaped("\(user) is not logged in: \(all)"), status: .refused)
        }
        // A key or a file that was given explicitly should have succeeded.
        if destination.identity != nil || destination.passwordFile != nil {
            for reason in failures { Output.reportError(TerminalText.escaped(reason)) }
        }
        try logInByPrompt()
    }

    private func logInByKey(_ failures: inout [String]) throws(ExitError) -> Bool {
        guard let key = SSHKeyLogIn(destination.identity) else { return false }
        let label = "the key \(key.identity)"
        do throws(ExitError) {
            guard let refusal = try key.logIn(user, connection) else { return true }
            failures.append("\(label): \(Output.text(of: refusal))")
        } catch {
            guard error.status == .refused else { throw error }
            failures.append(error.message)
        }
        return false
    }

    private func logInByPasswordFile(_ failures: inout [String]) throws(ExitError) -> Bool {
        guard let path = destination.passwordFile else { return false }
        let password = try PasswordFile.password(path)
        let reply = try logIn(with: password)
        if reply.isSuccess { return true }
        guard reply.code == 535 else { throw ExitError(message: Output.text(of: reply), status: reply.exitStatus) }
        failures.append("the password in \(path): \(Output.text(of: reply))")
        return false
    }

    /// Sends the password only after the server has asked for it: a server that refuses passwords in clear does so
    /// first.
    private func logIn(with password: [UInt8]) throws(ExitError) -> Reply {
        let reply = try connection.ask(words: "LOGIN", user, lacksSecret: true)
        return reply.code == 334 ? try connection.ask(ByteBuffer(bytes: password)) : reply
    }

    private func logInByPrompt() throws(ExitError) {
        for _ in 0..<Self.maximumAttempts {
            guard let password = SecretPrompt.password(of: user) else {
                throw ExitError(message: "\(TerminalText.escaped(user)) is not logged in", status: .refused)
            }
            let reply = try logIn(with: password)
            if reply.isSuccess { return }
            Output.reportRefusal(reply)
            guard reply.code == 535 else { break }
        }
        throw ExitError(message: "\(TerminalText.escaped(user)) is not logged in", status: .refused)
    }
}

extension ServerConnection {
    /// Logs in the destination's user, if it names one.
    func logIn() throws(ExitError) {
        try LogIn(self)?.run()
    }
}
