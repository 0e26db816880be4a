import Foundation
import TestKit
import Testing

extension EndToEnd {
    /// The tests use an address of this machine that is not loopback. Traffic to it stays on the machine, but the
    /// server takes its clients for remote ones.
    @Suite("Secrets are not sent over a network in clear", .serialized)
    struct ClearSecrets {
        private static let refusal =
            "538 5.7.11 Passwords and tokens need an encrypted connection; STARTTLS begins one"

        /// Runs a proxy that listens on such an address, in front of the servers of a site.
        private static func site(
            _ options: [String] = [], _ body: (LiveSite, String, LiveSite.Daemon) async throws -> Void
        ) async throws {
            let addresses = try await Tools.run(try Tools.path("hostname", package: "hostname"), ["-I"]).output
            guard let address = addresses.split(separator: " ").first(where: { $0.contains(".") }).map(String.init)
            else {
                print("Secrets in clear: not tried, since this machine has no address but loopback")
                return
            }
            try await LiveSite.run { site in
                let upstreams = [site.keys, site.auth].flatMap { ["--upstream", "127.0.0.1:\($0.port)"] }
                let proxy = try await LiveSite.Daemon(
                    "clavero-proxy", upstreams + LiveSite.tlsOptions(site.dataDirectory) + options, host: address)
                let client = try await Client(host: address, port: proxy.port)
                // The requests are repeated until this thread of the proxy has its links.
                for verb in ["PUBKEY nobody", "VERIFY x x"] { _ = try await client.askUntilAnswered(verb) }
                await client.close()
                try await body(site, address, proxy)
            }
        }

        @Test("In clear, commands with a password or a token are refused, and others are run")
        func refused() async throws {
            try await Self.site(["--threads", "1"]) { site, address, proxy in
                let near = try await Client(port: site.port, as: "alice")
                let signature = try await near.ask("SIGN attack at dawn").after("250 2.0.0 ")
                let token = try await near.ask("TOKEN").after("250 2.0.0 ")
                let far = try await Client(host: address, port: proxy.port)
                for line in [
                    "SIGNUP bob \"correct horse\"", "SIGNUP bob", "LOGIN alice \"correct horse\"", "LOGIN alice",
                    "LOGIN TOKEN=\(token)", "PASSWD", "PASSWD a b", "AUTH PLAIN", "AUTH LOGIN",
                    "AUTH PLAIN AGFsaWNlAGNvcnJlY3QgaG9yc2U=", "VERIFY TOKEN=\(token)", "login ALICE x",
                ] { try await far.expect(Self.refusal, to: line) }
                try await far.expect("250 2.0.0 alice signed this with key 1", to: "VERIFY \(signature) attack at dawn")
                #expect(try await far.ask("PUBKEY alice").hasPrefix("250 2.0.0 "))
                try await far.write("EHLO me\r\n")
                let ehlo = try await far.reply()
                #expect(ehlo.contains("250-STARTTLS") && !ehlo.contains { $0.contains("AUTH") })
                await far.close()
                await near.close()
            }
        }

        private static let encrypted = """
            import smtplib, ssl, sys
            smtp = smtplib.SMTP(sys.argv[1], int(sys.argv[2]))
            smtp._host = "localhost"
            smtp.starttls(context=ssl.create_default_context(cafile=sys.argv[3]))
            for line in ['SIGNUP bob "correct horse"', 'LOGIN bob "correct horse"', "WHOAMI"]:
                print(smtp.docmd(line))
            token = smtp.docmd("TOKEN")[1].split()[1].decode()
            print(smtp.docmd("VERIFY", "TOKEN=" + token)[0], smtp.docmd("LOGIN", "TOKEN=" + token)[0])
            print(smtp.login("bob", "correct horse")[0])
            print(smtp.docmd('PASSWD "correct horse" "battery staple"')[0])
            smtp.quit()
            """

        @Test("After STARTTLS no command is refused")
        func encrypted() async throws {
            try await Self.site(["--threads", "1"]) { site, address, proxy in
                let result = try await Tools.python(
                    Self.encrypted, [address, "\(proxy.port)", site.certificate])
                #expect(result.errors == "")
                #expect(
                    result.output.lines == [
                        "(250, b'2.0.0 bob signed up, key 1')", "(235, b'2.7.0 Logged in as bob')",
                        "(250, b'2.0.0 bob')", "250 235", "235", "250",
                    ])
            }
        }

        @Test("The shell uses TLS by default if the server is on another machine")
        func shell() async throws {
            try await Self.site(["--threads", "1"]) { site, address, proxy in
                let common = ["--host", address, "--port", "\(proxy.port)", "--ca", site.certificate]
                // The certificate does not contain this address.
                let stranger = try await Tools.run(Tools.own("clavero"), common + ["WHOAMI"])
                #expect(stranger.status == 69 && stranger.output == "")
                #expect(stranger.errors.lines.count == 1, "\(stranger.errors)")
                let clear = try await Tools.run(
                    Tools.own("clavero"), common + ["--tls", "off", "LOGIN", "alice", "correct horse"])
                #expect(clear.status == 1)
                #expect(clear.errors.lines == ["clavero: \(Self.refusal)"])
            }
        }

        @Test("--clear-secrets allow accepts secrets in clear")
        func allowed() async throws {
            try await Self.site(["--threads", "1", "--clear-secrets", "allow"]) { site, address, proxy in
                let far = try await Client(host: address, port: proxy.port)
                try await far.expect("250 2.0.0 bob signed up, key 1", to: "SIGNUP bob \"correct horse\"")
                try await far.logIn("bob")
                #expect(try await far.ask("TOKEN").hasPrefix("250 2.0.0 "))
                await far.close()
            }
        }
    }
}
