import Foundation

/// A site of three daemons, which run as processes on loopback ports of the system's choice.
package final class LiveSite: Sendable {
    package let directory: TemporaryDirectory
    package let keys: Daemon
    package let auth: Daemon
    package let proxy: Daemon

    package var port: Int { proxy.port }
    package var dataDirectory: String { "\(directory.path)/data" }
    /// The path of the key server's admin socket.
    package var adminSocket: String { "\(dataDirectory)/keys.sock" }
    /// The path of the certificate that clients must trust if the site has `Part.tls`.
    package var certificate: String { "\(dataDirectory)/tls/server.crt" }

    /// The proxy's port for clients that begin with TLS, if the site has `Part.tls`.
    package var tlsPort: Int {
        get async throws { try await proxy.program.port { $0.contains("\"tls\":\"implicit\"") } }
    }

    /// An optional part of a site.
    package enum Part {
        /// TLS with clients, by STARTTLS and from the beginning of the connection.
        case tls
        /// TLS on the links, although they do not leave the machine.
        case encryptedLinks
    }

    /// Connects to the end with which the transcript takes place.
    package func transport(for transcript: Transcript) throws -> SocketTransport {
        switch transcript.door {
        case .session: try SocketTransport(port: port)
        case .operator: try SocketTransport(path: adminSocket)
        case .proxy: try SocketTransport(path: "\(directory.path)/proxy.sock")
        }
    }

    /// A daemon that can be ended, and started again on the same port.
    package final class Daemon: @unchecked Sendable {
        package private(set) var program: Program
        package let port: Int
        private let name: String
        private let arguments: [String]
        private let host: String

        /// Starts the daemon.
        ///
        /// - Parameter disk: The disk with its files; nil to use the machine's own disk.
        package init(
            _ name: String, _ arguments: [String], host: String = "127.0.0.1", on disk: SmallDisk? = nil
        ) async throws {
            let path = name.hasPrefix("/") ? name : Repository.programs.appending(path: name).path
            let words = (disk.map(\.words) ?? []) + [path] + arguments
            self.name = words[0]
            self.arguments = Array(words.dropFirst())
            self.host = host
            program = try Program(self.name, self.arguments + ["--listen", "\(host):0"])
            port = try await program.port()
        }

        package func start() async throws {
            program = try Program(name, arguments + ["--listen", "\(host):\(port)"])
            _ = try await program.port()
        }
    }

    /// Runs `body` with a running site. `server` has more options for both servers, `keys` for the key server, and
    /// `proxy` for the proxy. If `database` has a URL, the servers use that PostgreSQL database. The processes end
    /// when the value is released, even if `body` throws.
    package static func run(
        _ parts: [Part] = [], server: [String] = [], keys: [String] = [], proxy: [String] = [],
        database: String? = nil, on disk: SmallDisk? = nil, _ body: (LiveSite) async throws -> Void
    ) async throws {
        let database = database.map { ["--database", $0] } ?? []
        let site = try await LiveSite(parts, server: server, keys: keys, proxy: proxy, database: database, disk)
        try await Ready.wait(port: site.port)
        try await body(site)
        for daemon in [site.proxy, site.keys, site.auth] {
            daemon.program.signal(SIGTERM)
            let status = try await daemon.program.status()
            guard status == 0 else { throw Mismatch("\(daemon.program.name) ended with \(status)") }
        }
    }

    private init(
        _ parts: [Part], server: [String], keys keysOnly: [String], proxy: [String], database: [String],
        _ disk: SmallDisk?
    ) async throws {
        directory = try disk?.directory ?? TemporaryDirectory()
        let data = "\(directory.path)/data"
        let names = ["gate.example", "localhost", "127.0.0.1"].flatMap { ["--name", $0] }
        try await Self.makeData(data, names + database, on: disk)
        let links = parts.contains(.encryptedLinks)
        let common =
            ["--name", "gate.example", "--data-dir", data, "--password-cost", "2,1,1", "--threads", "1"]
            + database
            + (links ? ["--link-tls", "always"] : []) + server
        keys = try await Daemon("claverod", ["--plugins", "keys"] + common + keysOnly, on: disk)
        auth = try await Daemon("claverod", ["--plugins", "auth"] + common, on: disk)
        let upstreams = [keys, auth].flatMap { ["--upstream", "127.0.0.1:\($0.port)"] }
        let encryption =
            (links ? Self.linkOptions(data) : []) + (parts.contains(.tls) ? Self.tlsOptions(data) : [])
        self.proxy = try await Daemon(
            "clavero-proxy",
            ["--name", "gate.example", "--admin-socket", "\(directory.path)/proxy.sock"] + upstreams + encryption
                + proxy, on: disk)
    }

    /// Makes a data directory with `claverod init`.
    package static func makeData(_ path: String, _ options: [String] = [], on disk: SmallDisk? = nil) async throws {
        let words =
            (disk.map(\.words) ?? []) + [Repository.programs.appending(path: "claverod").path, "init", path] + options
        let made = try await Tool.run(words[0], Array(words.dropFirst()))
        guard made.status == 0 else { throw Mismatch(made.errors) }
    }

    /// Returns a proxy's options for links, with the certificates in a data directory that belong to `daemon`.
    package static func linkOptions(_ data: String, as daemon: String = "proxy") -> [String] {
        [
            "--link-tls", "always", "--link-certificate", "\(data)/link/\(daemon).crt", "--link-key",
            "\(data)/link/\(daemon).key", "--link-authority", "\(data)/link/ca.crt",
        ]
    }

    /// Returns a proxy's options for TLS with clients, by STARTTLS and from the beginning of the connection.
    package static func tlsOptions(_ data: String) -> [String] {
        [
            "--tls-certificate", "\(data)/tls/server.crt", "--tls-key", "\(data)/tls/server.key", "--listen-tls",
            "127.0.0.1:0",
        ]
    }
}
