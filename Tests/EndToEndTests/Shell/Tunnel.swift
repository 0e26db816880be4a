import TestKit

/// A TLS tunnel by socat(1), which a test uses through a Unix socket.
struct Tunnel {
    private let program: Program
    private let directory: TemporaryDirectory

    /// Creates a tunnel for one session to a port with implicit TLS.
    init(to port: Int, _ site: LiveSite) async throws {
        directory = try TemporaryDirectory()
        program = try Program(
            try Tools.path("socat", package: "socat"),
            [
                "-d", "-d", "UNIX-LISTEN:\(directory.path)/s",
                "OPENSSL:127.0.0.1:\(port),cafile=\(site.certificate),commonname=localhost",
            ])
        _ = try await program.line { $0.contains("listening on") }
    }

    func client() async throws -> Client { try await Client(path: "\(directory.path)/s") }
}
