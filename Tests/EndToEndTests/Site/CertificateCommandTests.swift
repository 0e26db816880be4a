import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("claverod certificate renews certificates while the site runs", .serialized)
    struct CertificateCommand {
        private static func claverod(_ arguments: [String]) async throws -> Tool.Result {
            let result = try await Tools.run(Tools.own("claverod"), ["certificate"] + arguments)
            #expect(result.status == 0, "\(result.errors)")
            return result
        }

        /// Returns what `openssl x509` shows of the certificate in a file.
        private static func shown(_ option: String, _ file: String) async throws -> String {
            try await OpenSSL.run(["x509", "-noout", option, "-in", file]).output
        }

        /// Returns the serial number of the certificate that the server on a port presents.
        private static func serial(_ port: Int, _ options: [String] = []) async throws -> String {
            let shown = try await OpenSSL.run(["s_client", "-connect", "127.0.0.1:\(port)"] + options)
            return try await OpenSSL.run(["x509", "-noout", "-serial"], input: shown.output).output
        }

        private static func reload(_ daemons: LiveSite.Daemon...) async throws {
            for daemon in daemons {
                _ = try await daemon.program.hangUp(until: "the certificates were reloaded")
            }
        }

        /// Starts the key server again, so that the proxy makes a new link, and expects that the session goes on.
        private static func relink(_ site: LiveSite, _ client: Client) async throws {
            site.keys.program.signal(SIGTERM)
            #expect(try await site.keys.program.status() == 0)
            try await site.keys.start()
            #expect(try await client.askUntilAnswered("SIGN x").hasPrefix("250 2.0.0 "))
            try await client.expect("250 2.0.0 alice", to: "WHOAMI")
        }

        @Test("A session goes on, new clients see the renewed certificate, and new links use theirs")
        func whileRunning() async throws {
            try await LiveSite.run([.tls, .encryptedLinks]) { site in
                let (data, port) = (site.dataDirectory, try await site.tlsPort)
                let tunnel = try await Tunnel(to: port, site)
                let client = try await tunnel.client()
                try await client.expect("250 2.0.0 alice signed up, key 1", to: "SIGNUP alice \"correct horse\"")
                try await client.logIn("alice")
                let names = ["tls/server", "link/ca", "link/keys", "link/auth", "link/proxy"]
                var before: [String: String] = [:]
                for name in names { before[name] = try await Self.shown("-serial", "\(data)/\(name).crt") }
                let keys = try names.map { try Data(contentsOf: URL(filePath: "\(data)/\($0).key")) }

                let said = try await Self.claverod([data])
                for name in names { #expect(try await Self.shown("-serial", "\(data)/\(name).crt") != before[name]) }
                #expect(try names.map { try Data(contentsOf: URL(filePath: "\(data)/\($0).key")) } == keys)
                let fingerprint = try await OpenSSL.run(
                    ["x509", "-noout", "-fingerprint", "-sha256", "-in", site.certificate]
                ).output.lines[0].after("sha256 Fingerprint=")
                #expect(said.output.contains("SHA-256 fingerprint: \(fingerprint)\n"))
                #expect(said.output.contains("names: gate.example, localhost, 127.0.0.1\n"))

                // Before the daemons read them, the old ones are in use. The links can be made in any order.
                #expect(try await Self.serial(port) == before["tls/server"])
                try await Self.relink(site, client)
                try await Self.reload(site.proxy, site.auth)
                try await Self.relink(site, client)
                let renewed = try await Self.shown("-serial", site.certificate)
                #expect(try await Self.serial(port) == renewed)
                #expect(try await Self.serial(site.port, ["-starttls", "smtp"]) == renewed)
                let linked = try await Self.serial(site.keys.port)
                #expect(linked == (try await Self.shown("-serial", "\(data)/link/keys.crt")))
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                await client.close()
            }
        }

        @Test("A new authority replaces the earlier one in three steps, and the daemons can always make links")
        func authority() async throws {
            try await LiveSite.run([.encryptedLinks]) { site in
                let data = site.dataDirectory
                let client = try await Client(port: site.port, as: "alice")
                let first = try String(contentsOfFile: "\(data)/link/ca.crt", encoding: .utf8)

                _ = try await Self.claverod(["--new-authority", data])
                let both = try String(contentsOfFile: "\(data)/link/ca.crt", encoding: .utf8)
                #expect(both.hasSuffix(first) && both != first)
                try await Self.relink(site, client)
                try await Self.reload(site.proxy, site.auth)
                try await Self.relink(site, client)
                let early = try await Tools.run(Tools.own("claverod"), ["certificate", "--withdraw", data])
                #expect(early.status == 78)
                #expect(early.errors.contains("/link/auth.crt: was issued by the earlier authority; run"))

                _ = try await Self.claverod(["--links", data])
                try await Self.relink(site, client)
                try await Self.reload(site.auth, site.proxy)
                try await Self.relink(site, client)

                _ = try await Self.claverod(["--withdraw", data])
                let last = try String(contentsOfFile: "\(data)/link/ca.crt", encoding: .utf8)
                #expect(!last.contains(first) && last.components(separatedBy: "BEGIN").count == 2)
                try await Self.reload(site.proxy, site.auth)
                try await Self.relink(site, client)
                for name in ["keys", "auth", "proxy"] {
                    let verified = try await OpenSSL.run(
                        ["verify", "-x509_strict", "-CAfile", "\(data)/link/ca.crt", "\(data)/link/\(name).crt"])
                    #expect(verified.status == 0, "\(verified.errors)")
                }
                let again = try await Self.claverod(["--withdraw", data])
                #expect(again.output == "There is no earlier authority; nothing was changed.\n")
                await client.close()
            }
        }

        @Test("Other names, new keys and other days are used, and rights are kept")
        func options() async throws {
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            try await LiveSite.makeData(data, ["--name", "old.example"])
            let key = try Data(contentsOf: URL(filePath: "\(data)/tls/server.key"))
            #expect(chmod("\(data)/tls/server.crt", 0o640) == 0 && chmod("\(data)/tls/server.key", 0o400) == 0)
            _ = try await Self.claverod(
                ["--name", "new.example", "--name", "2001:db8::1", "--new-keys", "--days", "90", data])
            let text = try await OpenSSL.run(
                ["x509", "-noout", "-ext", "subjectAltName", "-in", "\(data)/tls/server.crt"]).output
            #expect(text.contains("DNS:new.example, IP Address:2001:DB8:0:0:0:0:0:1"))
            #expect(try Data(contentsOf: URL(filePath: "\(data)/tls/server.key")) != key)
            for (days, status) in [(89, Int32(0)), (91, 1)] {
                let checked = try await OpenSSL.run(
                    ["x509", "-noout", "-checkend", "\(days * 86_400)", "-in", "\(data)/tls/server.crt"])
                #expect(checked.status == status)
            }
            for name in ["tls/server", "link/keys", "link/auth", "link/proxy", "link/ca"] {
                let certified = try await Self.shown("-pubkey", "\(data)/\(name).crt")
                let own = try await OpenSSL.run(["pkey", "-in", "\(data)/\(name).key", "-pubout"])
                #expect(own.status == 0 && certified == own.output, "\(name)")
            }
            let modes = try ["server.crt", "server.key"].map {
                try FileManager.default.attributesOfItem(atPath: "\(data)/tls/\($0)")[.posixPermissions] as? Int
            }
            #expect(modes == [0o640, 0o600])
            for name in ["server.crt", "server.key"] {
                #expect(!FileManager.default.fileExists(atPath: "\(data)/tls/\(name).new"))
            }
        }
    }
}
