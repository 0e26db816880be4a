import Foundation
import TestKit
import Testing

/// Tests with real programs. They listen on loopback ports that the system chooses. The tests run one at a time,
/// because Foundation's Process fails with many processes at once.
@Suite("End to end", .serialized, .timeLimit(.minutes(5)))
struct EndToEnd {}

/// A client's session on a port, beginning with its greeting. The test fails if a reply does not arrive within five
/// minutes.
struct Client {
    let socket: SocketTransport
    private let conversation: Conversation

    /// Connects and reads the greeting.
    init(host: String = "127.0.0.1", port: Int) async throws {
        self.init(try SocketTransport(host: host, port: port))
        try await takeGreeting()
    }

    /// Connects to a Unix socket and reads the greeting.
    init(path: String) async throws {
        self.init(try SocketTransport(path: path))
        try await takeGreeting()
    }

    /// Connects without reading the greeting.
    init(unheard port: Int, from source: String? = nil) throws {
        self.init(try SocketTransport(port: port, from: source))
    }

    private init(_ socket: SocketTransport) {
        self.socket = socket
        conversation = Conversation(socket)
    }

    /// Signs up as `name` with the password `correct horse`, and logs in.
    init(port: Int, as name: String) async throws {
        try await self.init(port: port)
        try await expect("250 2.0.0 \(name) signed up, key 1", to: "SIGNUP \(name) \"correct horse\"")
        try await logIn(name)
    }

    private func takeGreeting() async throws {
        let greeting = try await reply()
        guard greeting.first?.hasPrefix("220 ") == true else { throw Mismatch("no greeting: \(greeting)") }
    }

    func logIn(_ name: String) async throws {
        try await expect("235 2.7.0 Logged in as \(name)", to: "LOGIN \(name) \"correct horse\"")
    }

    /// Sends a line, and returns the last line of its reply.
    func ask(_ line: String) async throws -> String { try await conversation.ask(line) }

    func expect(_ reply: String, to line: String) async throws {
        let got = try await ask(line)
        guard got == reply else { throw Mismatch("\(line)\n     got: \(got)\nexpected: \(reply)") }
    }

    /// Repeats a line until the reply is not 451. That code says that the same line may succeed later.
    func askUntilAnswered(_ line: String) async throws -> String {
        try await found("an answer to \(line)") {
            let reply = try await ask(line)
            return reply.hasPrefix("451 ") ? nil : reply
        }
    }

    func write(_ text: String) async throws { try await socket.write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) async throws { try await socket.write(bytes) }

    func line() async throws -> String? { try await conversation.line() }

    /// Returns the literal of a one-line reply. The reply must begin with `prefix`, followed by the announcement of
    /// the literal.
    func literal(behind prefix: String) async throws -> [UInt8] {
        let line = try await line() ?? ""
        guard let count = Int(try line.after("\(prefix) {").dropLast()) else { throw Mismatch("no literal: \(line)") }
        let literal = try await bytes(count)
        guard try await self.line() == "" else { throw Mismatch("no line end behind a literal") }
        return literal
    }

    func bytes(_ count: Int) async throws -> [UInt8] { try await conversation.bytes(count) }

    func reply() async throws -> [String] { try await conversation.reply() }

    /// Returns all lines until the other end closes the connection.
    func rest() async throws -> [String] {
        var lines: [String] = []
        while let line = try await line() { lines.append(line) }
        return lines
    }

    func finish() async throws { try await socket.finish() }

    func close() async { await socket.close() }
}

/// Programs that the tests run.
enum Tools {
    /// Returns the path of a system program in /usr/sbin, which has the name of its Debian package.
    static func sbin(_ name: String) throws -> String { try path(name, package: name, in: "/usr/sbin") }

    /// Returns the path of a system program. If the program is missing, the error names its Debian package.
    static func path(_ name: String, package: String, in directory: String = "/usr/bin") throws -> String {
        let path = "\(directory)/\(name)"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Mismatch("\(path) is missing: apt-get install \(package)")
        }
        return path
    }

    /// Runs a program under timeout(1), which ends the program even if the test ends early.
    static func run(
        _ path: String, _ arguments: [String], input: String = "", environment: [String: String] = [:],
        seconds: Int = 60
    ) async throws -> Tool.Result {
        // The program must not find the terminal of the person who runs the tests, and ask there for a password.
        let words = ["--wait", try self.path("timeout", package: "coreutils"), "--kill-after=1", "\(seconds)", path]
        return try await Tool.run(
            try self.path("setsid", package: "util-linux"), words + arguments, input: input, environment: environment)
    }

    /// Runs the text of a Python program.
    static func python(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> Tool.Result {
        try await run(
            try path("python3", package: "python3"), ["-c", program] + arguments, environment: environment)
    }

    /// Returns the path of one of Clavero's programs.
    static func own(_ name: String) -> String { Repository.programs.appending(path: name).path }
}

extension String {
    /// The lines, without CR. Text after the last line end counts as a line.
    var lines: [String] {
        replacing("\r\n", with: "\n").split(separator: "\n").map(String.init)
    }

    /// Returns the text that follows `prefix`.
    func after(_ prefix: String) throws -> String {
        guard hasPrefix(prefix) else { throw Mismatch("expected \(prefix)…, got \(self)") }
        return String(dropFirst(prefix.count))
    }
}
