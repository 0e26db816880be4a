import Foundation

/// The three daemons as processes, on loopback ports of the system's choice.
package final class LiveSite: Sendable {
    package let directory: TemporaryDirectory
    package let keys: Daemon
    package let auth: Daemon
    package let proxy: Daemon

    package var port: Int { proxy.port }
    package var dataDirectory: String { "\(directory.path)/data" }
    /// The key server's admin socket.
    package var adminSocket: String { "\(dataDirectory)/keys.sock" }

    /// A connection to where the transcript is spoken.
    package func transport(for transcript: Transcript) throws -> SocketTransport {
        try transcript.isForOperator ? SocketTransport(path: adminSocket) : SocketTransport(port: port)
    }

    /// A daemon that can be ended and started again on the port that it had.
    package final class Daemon: @unchecked Sendable {
        package private(set) var program: Program
        package let port: Int
        private let name: String
        private let arguments: [String]

        package init(_ name: String, _ arguments: [String]) async throws {
            self.name = name
            self.arguments = arguments
            program = try Program(name, arguments + ["--listen", "127.0.0.1:0"])
            port = try await program.port()
        }

        package func start() async throws {
            program = try Program(name, arguments + ["--listen", "127.0.0.1:\(port)"])
            _ = try await program.port()
        }
    }

    /// Runs `body` beside a running site. The processes end with the value, also when `body` fails.
    package static func run(
        server: [String] = [], proxy: [String] = [], _ body: (LiveSite) async throws -> Void
    ) async throws {
        let site = try await LiveSite(server: server, proxy: proxy)
        try await Ready.wait(port: site.port)
        try await body(site)
        for daemon in [site.proxy, site.keys, site.auth] {
            daemon.program.signal(SIGTERM)
            let status = try await daemon.program.status()
            guard status == 0 else { throw Mismatch("\(daemon.program.name) ended with \(status)") }
        }
    }

    private init(server: [String], proxy: [String]) async throws {
        directory = try TemporaryDirectory()
        let data = "\(directory.path)/data"
        let made = try await Tool.run(Repository.programs.appending(path: "claverod").path, ["init", data])
        guard made.status == 0 else { throw Mismatch(made.errors) }
        let common =
            ["--name", "gate.example", "--data-dir", data, "--password-cost", "2,1,1", "--threads", "1"] + server
        keys = try await Daemon("claverod", ["--plugins", "keys"] + common)
        auth = try await Daemon("claverod", ["--plugins", "auth"] + common)
        let upstreams = [keys, auth].flatMap { ["--upstream", "127.0.0.1:\($0.port)"] }
        self.proxy = try await Daemon("clavero-proxy", ["--name", "gate.example"] + upstreams + proxy)
    }
}
