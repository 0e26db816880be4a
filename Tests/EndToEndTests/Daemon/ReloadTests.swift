import Foundation
import TestKit
import Testing

extension Program {
    /// Sends SIGHUP. Returns the log lines that follow, up to the first that contains `message`.
    func hangUp(until message: String) async throws -> [String] {
        let count = log.count
        signal(SIGHUP)
        _ = try await line(after: count) { $0.contains(message) }
        return Array(log.dropFirst(count))
    }
}

extension EndToEnd {
    @Suite("SIGHUP makes a daemon read its certificates again", .serialized)
    struct Reload {
        private static let pairs = ["server.crt", "server.key"]

        /// Returns the serial number of the certificate that the server on a port presents.
        private static func serial(_ port: Int, _ options: [String]) async throws -> String {
            let shown = try await OpenSSL.run(["s_client", "-connect", "127.0.0.1:\(port)"] + options)
            return try await OpenSSL.run(["x509", "-noout", "-serial"], input: shown.output).output
        }

        private static func hangUp(_ program: Program, _ message: String) async throws -> String {
            try #require(try await program.hangUp(until: message).first { $0.contains(message) })
        }

        @Test("New connections get the new certificate, old ones continue, and an unusable certificate is refused")
        func clients() async throws {
            try await LiveSite.run([.tls]) { site in
                let other = try TemporaryDirectory()
                try await LiveSite.makeData("\(other.path)/data")
                let tlsPort = try await site.tlsPort
                let doors = [(tlsPort, []), (site.port, ["-starttls", "smtp"])]
                let tunnel = try await Tunnel(to: tlsPort, site)
                let old = try await tunnel.client()
                try await old.expect("250 2.0.0 alice signed up, key 1", to: "SIGNUP alice \"correct horse\"")
                try await old.logIn("alice")
                let first = try await OpenSSL.run(["x509", "-noout", "-serial", "-in", site.certificate]).output
                for (port, options) in doors { #expect(try await Self.serial(port, options) == first) }

                for name in Self.pairs {
                    let new = try Data(contentsOf: URL(filePath: "\(other.path)/data/tls/\(name)"))
                    try new.write(to: URL(filePath: "\(site.dataDirectory)/tls/\(name)"))
                }
                let second = try await OpenSSL.run(["x509", "-noout", "-serial", "-in", site.certificate]).output
                #expect(first != second)
                _ = try await Self.hangUp(site.proxy.program, "the certificates were reloaded")
                for (port, options) in doors { #expect(try await Self.serial(port, options) == second) }
                try await old.expect("250 2.0.0 alice", to: "WHOAMI")

                let path = URL(filePath: site.certificate)
                let whole = try Data(contentsOf: path)
                let key = try Data(contentsOf: URL(filePath: "\(site.dataDirectory)/token.pub"))
                for broken in [Data(), Data("garbage".utf8), whole.prefix(200), key] {
                    try broken.write(to: path)
                    let line = try await Self.hangUp(site.proxy.program, "certificates cannot be used")
                    #expect(line.contains("\"level\":\"error\"") && line.contains(site.certificate), "\(line)")
                    #expect(try await Self.serial(tlsPort, []) == second)
                }
                try whole.write(to: path)
                _ = try await Self.hangUp(site.proxy.program, "the certificates were reloaded")
                try await old.expect("250 2.0.0 alice", to: "WHOAMI")
                try await old.expect("221 2.0.0 Bye", to: "QUIT")
                await old.close()
            }
        }

        @Test("A certificate with the key of another certificate is refused")
        func otherKey() async throws {
            try await LiveSite.run([.tls]) { site in
                let other = try TemporaryDirectory()
                try await LiveSite.makeData("\(other.path)/data")
                let new = try Data(contentsOf: URL(filePath: "\(other.path)/data/tls/server.crt"))
                try new.write(to: URL(filePath: site.certificate))
                let line = try await Self.hangUp(site.proxy.program, "certificates cannot be used")
                #expect(line.contains("key"), "\(line)")
                let started = try await Tools.run(
                    Tools.own("clavero-proxy"),
                    ["--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1"]
                        + LiveSite.tlsOptions(site.dataDirectory), seconds: 20)
                #expect(started.status == 78)
                #expect(started.errors.lines.count == 1 && started.errors.contains(site.certificate))
            }
        }

        @Test("Existing links continue, and later links use the new certificate")
        func links() async throws {
            try await LiveSite.run([.encryptedLinks]) { site in
                let client = try await Client(port: site.port, as: "alice")
                let other = try TemporaryDirectory()
                try await LiveSite.makeData("\(other.path)/data")
                for name in try FileManager.default.contentsOfDirectory(atPath: "\(other.path)/data/link") {
                    let new = try Data(contentsOf: URL(filePath: "\(other.path)/data/link/\(name)"))
                    try new.write(to: URL(filePath: "\(site.dataDirectory)/link/\(name)"))
                }
                for daemon in [site.proxy, site.auth, site.keys] {
                    _ = try await Self.hangUp(daemon.program, "the certificates were reloaded")
                }
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                site.keys.program.signal(SIGTERM)
                #expect(try await site.keys.program.status() == 0)
                try await site.keys.start()
                #expect(try await client.askUntilAnswered("SIGN x").hasPrefix("250 2.0.0 "))
                await client.close()
            }
        }
    }
}
