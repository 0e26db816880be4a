import TestKit
import Testing

extension EndToEnd {
    @Suite("openssl s_client", .serialized)
    struct SClient {
        private static let dialogue = """
            SIGNUP alice "correct horse"
            LOGIN alice "correct horse"
            WHOAMI
            STARTTLS
            QUIT

            """
        private static let replies = [
            "250 2.0.0 alice signed up, key 1", "235 2.7.0 Logged in as alice", "250 2.0.0 alice",
            "503 5.5.1 The session is encrypted already", "221 2.0.0 Bye",
        ]

        /// s_client sends EHLO before STARTTLS but not after it, and ends its lines in LF. It exits with 1 unless the
        /// server ends TLS before it closes the connection.
        @Test("STARTTLS works with LF and with CRLF", arguments: [[], ["-crlf"], ["-tls1_2"], ["-tls1_3"]])
        func startTLS(_ options: [String]) async throws {
            try await LiveSite.run([.tls]) { site in
                let result = try await OpenSSL.connect(
                    site, port: site.port, ["-starttls", "smtp", "-quiet"] + options, input: Self.dialogue)
                #expect(result.status == 0, "\(result.errors)")
                #expect(!result.errors.contains("STARTTLS"), "\(result.errors)")
                #expect(result.output.lines == Self.replies)
            }
        }

        @Test("A connection may begin with TLS", arguments: ["-tls1_2", "-tls1_3"])
        func implicit(_ version: String) async throws {
            try await LiveSite.run([.tls]) { site in
                let result = try await OpenSSL.connect(
                    site, port: try await site.tlsPort, ["-quiet", version], input: Self.dialogue)
                #expect(result.status == 0, "\(result.errors)")
                #expect(result.output.lines == ["220 gate.example Clavero ready"] + Self.replies)
            }
        }

        @Test("TLS before 1.2 is refused, at both ports", arguments: ["-tls1", "-tls1_1"])
        func oldVersions(_ version: String) async throws {
            try await LiveSite.run([.tls]) { site in
                // Without this option, OpenSSL would not offer the old versions.
                let options = ["-quiet", version, "-cipher", "ALL:@SECLEVEL=0"]
                for (port, more) in [(try await site.tlsPort, []), (site.port, ["-starttls", "smtp"])] {
                    let result = try await OpenSSL.connect(site, port: port, options + more, input: "NOOP\n")
                    #expect(result.status == 1)
                    #expect(result.errors.contains("alert protocol version"), "\(result.errors)")
                    #expect(!result.output.contains("250 2.0.0 OK"))
                }
            }
        }

        @Test("A client that offers only other protocols by ALPN is refused (RFC 7301)")
        func foreignProtocol() async throws {
            try await LiveSite.run([.tls]) { site in
                for (port, more) in [(try await site.tlsPort, []), (site.port, ["-starttls", "smtp"])] {
                    for version in ["-tls1_2", "-tls1_3"] {
                        let result = try await OpenSSL.connect(
                            site, port: port, ["-alpn", "http/1.1,h2", "-quiet", version] + more, input: "NOOP\n")
                        #expect(result.status == 1)
                        #expect(result.errors.contains("alert no application protocol"), "\(result.errors)")
                        #expect(!result.output.contains("220 ") && !result.output.contains("250 2.0.0"))
                    }
                }
            }
        }

        @Test("ALPN selects the protocol clavero at any position in the offer", arguments: ["clavero", "h2,clavero"])
        func ownProtocol(_ offer: String) async throws {
            try await LiveSite.run([.tls]) { site in
                let result = try await OpenSSL.connect(
                    site, port: try await site.tlsPort, ["-alpn", offer, "-ign_eof"], input: "NOOP\nQUIT\n")
                #expect(result.status == 0)
                #expect(result.output.lines.contains("ALPN protocol: clavero"))
                #expect(result.output.lines.contains("250 2.0.0 OK"))
            }
        }

        /// The line R makes s_client ask for a renegotiation (TLS 1.2). The proxy closes the connection, and reads no
        /// more.
        @Test("Renegotiation is refused")
        func renegotiation() async throws {
            try await LiveSite.run([.tls]) { site in
                let result = try await OpenSSL.connect(
                    site, port: try await site.tlsPort, ["-tls1_2"], input: "R\nNOOP\n")
                #expect(result.status == 1)
                #expect(result.errors.contains("RENEGOTIATING"))
                #expect(!result.output.contains("250 2.0.0 OK"))
                await (try Client(port: site.port, as: "alice")).close()
            }
        }

        @Test("Without a certificate there is no TLS, and EHLO does not offer it")
        func noCertificate() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port)
                try await client.write("EHLO me\r\n")
                #expect(try await client.reply().contains("250-STARTTLS") == false)
                try await client.expect(
                    "502 5.5.1 STARTTLS is not available; this server has no certificate", to: "STARTTLS")
                try await client.expect("250 2.0.0 OK", to: "NOOP")
                await client.close()
            }
        }
    }
}
