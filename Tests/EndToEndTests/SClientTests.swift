import Foundation
import TestKit
import Testing

/// `openssl s_client` as a client.
enum SClient {
    struct Session {
        let status: Int32
        /// What the server said, a line each.
        let replies: [String]
        /// What s_client said of the connection.
        let report: String
    }

    /// Says `input` and waits for the server to close. s_client stays after the end of its input only with -quiet or
    /// -ign_eof.
    static func run(
        _ port: Int, _ options: [String], _ input: String = "", certificate: String? = nil
    ) async throws -> Session {
        let trust = certificate.map { ["-CAfile", $0, "-verify_return_error"] } ?? []
        let result = try await Tools.run(
            try Tools.path("openssl", package: "openssl"),
            ["s_client", "-connect", "127.0.0.1:\(port)"] + trust + options, input: input, seconds: 20)
        let replies = result.output.lines.filter { $0.prefixMatch(of: /\d{3}[ -]/) != nil }
        return Session(status: result.status, replies: replies, report: result.output + result.errors)
    }
}

extension EndToEnd {
    /// CLIENTS.md's rules of TLS, on the wire as OpenSSL's own client has it.
    @Suite("openssl s_client", .serialized)
    struct SClientTests {
        @Test("STARTTLS as s_client does it, with LF, without a second EHLO; close_notify comes before the end")
        func startTLS() async throws {
            try await LiveSite.run(.sessions) { site in
                let session = try await SClient.run(
                    site.port, ["-starttls", "smtp", "-quiet"],
                    "SIGNUP alice \"correct horse\"\nLOGIN alice \"correct horse\"\nWHOAMI\nSTARTTLS\nEHLO x\nQUIT\n",
                    certificate: site.certificate)
                // Without close_notify it would be 1.
                #expect(session.status == 0)
                let said = ["250 2.0.0 alice signed up, key 1", "235 2.7.0 Logged in as alice", "250 2.0.0 alice"]
                // The last line of the EHLO before TLS is shown as well.
                #expect(Array(session.replies.drop { $0 != said[0] }.prefix(3)) == said)
                #expect(session.replies.contains("503 5.5.1 TLS is on already"))
                #expect(!session.replies.contains { $0.hasSuffix("STARTTLS") })
                #expect(session.replies.contains("250-AUTH PLAIN LOGIN"))
                #expect(session.replies.last == "221 2.0.0 Bye")
            }
        }

        @Test("From the first octet on, by TLS 1.2 and 1.3", arguments: ["-tls1_2", "-tls1_3"])
        func implicit(_ version: String) async throws {
            try await LiveSite.run(.sessions) { site in
                let session = try await SClient.run(
                    site.tlsPort(), [version, "-ign_eof", "-crlf"], "NOOP\nQUIT\n", certificate: site.certificate)
                #expect(session.status == 0)
                #expect(
                    session.replies == ["220 gate.example Clavero ready", "250 2.0.0 OK", "221 2.0.0 Bye"])
                #expect(session.report.contains("Verify return code: 0 (ok)"))
            }
        }

        @Test("Nothing older than TLS 1.2")
        func old() async throws {
            try await LiveSite.run(.sessions) { site in
                for version in ["-tls1", "-tls1_1"] {
                    let session = try await SClient.run(
                        site.tlsPort(), [version, "-cipher", "ALL:@SECLEVEL=0", "-ign_eof"], "QUIT\n")
                    #expect(session.status == 1 && session.replies.isEmpty, "\(version)")
                    #expect(session.report.contains("alert protocol version"), "\(session.report)")
                }
            }
        }

        @Test("A client that offers other protocols is another protocol's, and is refused")
        func protocols() async throws {
            try await LiveSite.run(.sessions) { site in
                let port = try await site.tlsPort()
                for options in [["-alpn", "http/1.1"], ["-alpn", "h2,http/1.1", "-tls1_2"]] {
                    let session = try await SClient.run(port, options + ["-ign_eof"], "QUIT\n")
                    #expect(session.status == 1 && session.replies.isEmpty)
                    #expect(session.report.contains("alert no application protocol"), "\(session.report)")
                }
                let chosen = try await SClient.run(port, ["-alpn", "h2,clavero", "-ign_eof"], "QUIT\n")
                #expect(chosen.status == 0)
                #expect(chosen.report.contains("ALPN protocol: clavero"))
                #expect(chosen.replies.last == "221 2.0.0 Bye")
                let upgraded = try await SClient.run(
                    site.port, ["-starttls", "smtp", "-alpn", "http/1.1", "-ign_eof"], "QUIT\n")
                #expect(upgraded.status == 1 && upgraded.report.contains("alert no application protocol"))
            }
        }

        @Test("Renegotiation, which TLS 1.2 knows, ends the connection")
        func renegotiation() async throws {
            try await LiveSite.run(.sessions) { site in
                // A typed line that begins with R asks s_client for it.
                let session = try await SClient.run(site.tlsPort(), ["-tls1_2"], "R\nNOOP\n")
                #expect(session.status == 1)
                #expect(!session.replies.contains("250 2.0.0 OK"))
                // The proxy goes on.
                let next = try await SClient.run(site.tlsPort(), ["-ign_eof"], "QUIT\n")
                #expect(next.replies.last == "221 2.0.0 Bye")
            }
        }

        @Test("A server without a certificate offers no TLS")
        func none() async throws {
            try await LiveSite.run { site in
                let session = try await SClient.run(site.port, ["-starttls", "smtp"])
                #expect(session.status == 1)
                #expect(session.report.contains("Didn't find STARTTLS in server response"))
            }
        }

        @Test("A certificate is read again at SIGHUP; sessions go on, and what cannot be used is not")
        func reload() async throws {
            try await LiveSite.run(.sessions) { site in
                let port = try await site.tlsPort()
                let before = try await SClient.serial(port)
                let other = try TemporaryDirectory()
                let made = try await Tools.run(Tools.own("claverod"), ["init", "\(other.path)/data"])
                #expect(made.status == 0)
                let client = try await Client(port: site.port)
                for name in ["server.crt", "server.key"] {
                    let file = URL(filePath: "\(site.dataDirectory)/tls/\(name)")
                    try Data(contentsOf: URL(filePath: "\(other.path)/data/tls/\(name)")).write(to: file)
                }
                site.proxy.program.signal(SIGHUP)
                _ = try await site.proxy.program.line { $0.contains("certificates were read again") }
                let after = try await SClient.serial(port)
                #expect(!before.isEmpty && before != after)
                try await client.expect("250 2.0.0 OK", to: "NOOP")
                try Data("none".utf8).write(to: URL(filePath: "\(site.dataDirectory)/tls/server.crt"))
                site.proxy.program.signal(SIGHUP)
                let error = try await site.proxy.program.line { $0.contains("the old ones go on") }
                #expect(error.contains("\"level\":\"error\""))
                #expect(try await SClient.serial(port) == after)
                await client.close()
            }
        }
    }
}

extension SClient {
    /// The serial number of the certificate that is shown on the port, as openssl prints it.
    fileprivate static func serial(_ port: Int) async throws -> String {
        let session = try await run(port, ["-showcerts"])
        let result = try await Tools.run(
            try Tools.path("openssl", package: "openssl"), ["x509", "-noout", "-serial"], input: session.report)
        return result.output
    }
}
