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

    /// What is encrypted beyond the standard, which on loopback is nothing.
    package struct Encryption: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        /// The proxy has a certificate, for STARTTLS and a port of its own.
        package static let sessions = Encryption(rawValue: 1)
        /// The links have TLS.
        package static let links = Encryption(rawValue: 2)
    }

    /// Runs `body` beside a running site. The processes end with the value, also when `body` fails.
    package static func run(
        _ encryption: Encryption = [], server: [String] = [], proxy: [String] = [],
        _ body: (LiveSite) async throws -> Void
    ) async throws {
        let site = try await LiveSite(encryption, server: server, proxy: proxy)
        try await Ready.wait(port: site.port)
        try await body(site)
        for daemon in [site.proxy, site.keys, site.auth] {
            daemon.program.signal(SIGTERM)
            let status = try await daemon.program.status()
            guard status == 0 else { throw Mismatch("\(daemon.program.name) ended with \(status)") }
        }
    }

    /// The proxy's certificate, by which it is known.
    package var certificate: String { "\(dataDirectory)/tls/server.crt" }

    /// The port on which the proxy takes connections that begin with TLS.
    package func tlsPort() async throws -> Int {
        try Program.port(in: await proxy.program.line { $0.contains("\"tls\":\"implicit\"") })
    }

    /// The options by which a proxy's links are encrypted, with the files of a data directory.
    package static func linkOptions(_ data: String, as daemon: String = "proxy") -> [String] {
        [
            "--link-tls", "always", "--link-certificate", "\(data)/link/\(daemon).crt", "--link-key",
            "\(data)/link/\(daemon).key", "--link-authority", "\(data)/link/ca.crt",
        ]
    }

    private init(_ encryption: Encryption, server: [String], proxy: [String]) async throws {
        directory = try TemporaryDirectory()
        let data = "\(directory.path)/data"
        let made = try await Tool.run(Repository.programs.appending(path: "claverod").path, ["init", data])
        guard made.status == 0 else { throw Mismatch(made.errors) }
        let links = encryption.contains(.links) ? ["--link-tls", "always"] : []
        let common =
            ["--name", "gate.example", "--data-dir", data, "--password-cost", "2,1,1", "--threads", "1"] + links
            + server
        keys = try await Daemon("claverod", ["--plugins", "keys"] + common)
        auth = try await Daemon("claverod", ["--plugins", "auth"] + common)
        let upstreams = [keys, auth].flatMap { ["--upstream", "127.0.0.1:\($0.port)"] }
        self.proxy = try await Daemon(
            "clavero-proxy", ["--name", "gate.example"] + upstreams + Self.options(encryption, data) + proxy)
    }

    private static func options(_ encryption: Encryption, _ data: String) -> [String] {
        let sessions = [
            "--listen-tls", "127.0.0.1:0", "--tls-certificate", "\(data)/tls/server.crt", "--tls-key",
            "\(data)/tls/server.key",
        ]
        return (encryption.contains(.sessions) ? sessions : [])
            + (encryption.contains(.links) ? linkOptions(data) : [])
    }
}
