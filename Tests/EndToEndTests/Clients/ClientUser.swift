import Foundation
import TestKit

/// A user with a home directory who runs clavero, with or without a terminal.
struct ClientUser {
    let home: TemporaryDirectory
    let environment: [String: String]

    init() throws {
        home = try TemporaryDirectory()
        let names = ["HOME": "", "XDG_STATE_HOME": "/state", "XDG_CONFIG_HOME": "/config"]
        let none = ["CLAVERO_HOST", "CLAVERO_PORT", "CLAVERO_CA", "CLAVERO_USER", "SSH_AUTH_SOCK"].map { ($0, "") }
        let path = home.path
        environment = names.mapValues { path + $0 }.merging(none) { $1 }
    }

    var knownServers: String { "\(home.path)/state/clavero/known-servers" }

    /// Writes the configuration file.
    func configure(_ text: String) throws { try write(text, to: "config/clavero/config") }

    /// Writes a file into the home directory, and returns its path.
    @discardableResult
    func write(_ text: String, to name: String, mode: Int = 0o600) throws -> String {
        let file = URL(filePath: "\(home.path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        return file.path
    }

    /// Runs clavero without a terminal.
    func clavero(
        _ arguments: [String], input: String = "", _ more: [String: String] = [:]
    ) async throws -> Tool.Result {
        try await Tools.run(
            Tools.own("clavero"), arguments, input: input, environment: environment.merging(more) { $1 })
    }

    /// Runs several programs at once, each on its own terminal. When all have written `question`, each gets `answer`.
    /// Returns their output, and the first exit status that is not 0.
    func terminals(
        _ commands: [[String]], question: String, answer: String, _ more: [String: String] = [:]
    ) async throws -> Tool.Result {
        let words = commands.map { ([Tools.own("clavero")] + $0).joined(separator: "\u{1F}") }
        return try await Tools.python(
            Self.terminals, [question, answer] + words, environment: environment.merging(more) { $1 })
    }

    private static let terminals = """
        import os, pty, sys
        question, answer = (word.encode() for word in sys.argv[1:3])
        children = []
        for command in sys.argv[3:]:
            pid, terminal = pty.fork()
            if pid == 0:
                os.environ["TERM"] = "dumb"
                words = command.split("\\x1f")
                os.execv(words[0], words)
            children.append((pid, terminal))
        def read(terminal):
            try:
                return os.read(terminal, 4096)
            except OSError:
                return b""
        for pid, terminal in children:
            seen = b""
            while question not in seen:
                more = read(terminal)
                seen += more
                if not more:
                    break
            sys.stdout.buffer.write(seen)
        for pid, terminal in children:
            os.write(terminal, answer + b"\\r")
        status = 0
        for pid, terminal in children:
            while more := read(terminal):
                sys.stdout.buffer.write(more)
            status = status or os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        sys.exit(status)
        """
}
