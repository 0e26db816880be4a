import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Links need a certificate of the site's authority", .serialized)
    struct LinkTLS {
        @Test("Everything works through links with certificates, before and after a restart")
        func everything() async throws {
            try await LiveSite.run([.encryptedLinks]) { site in
                let client = try await Client(port: site.port, as: "alice")
                let large = String(repeating: "x", count: 1 << 20)
                try await client.write("ENCRYPT {\(large.utf8.count)+}\r\n\(large)\r\n")
                let sealed = try await client.literal(behind: "250 2.0.0")
                try await client.write(Array("DECRYPT {\(sealed.count)+}\r\n".utf8) + sealed + Array("\r\n".utf8))
                #expect(try await client.literal(behind: "250 2.0.0 FROM=alice") == Array(large.utf8))
                for server in [site.keys, site.auth] {
                    server.program.signal(SIGTERM)
                    #expect(try await server.program.status() == 0)
                    try await server.start()
                    let verb = server === site.keys ? "SIGN x" : "WHOAMI"
                    #expect(try await client.askUntilAnswered(verb).hasPrefix("250 2.0.0 "))
                }
                await client.close()
            }
        }

        /// Connects to the key server with these options of `openssl s_client`, and returns the result.
        private static func heard(_ site: LiveSite, _ options: [String]) async throws -> Tool.Result {
            try await OpenSSL.run(
                [
                    "s_client", "-connect", "127.0.0.1:\(site.keys.port)", "-quiet", "-CAfile",
                    "\(site.dataDirectory)/link/ca.crt",
                ] + options, input: "QUIT\n")
        }

        private static func identity(_ data: String, _ name: String) -> [String] {
            ["-cert", "\(data)/link/\(name).crt", "-key", "\(data)/link/\(name).key"]
        }

        @Test(
            "A server sends no line to a peer without a certificate of the authority", arguments: [[], ["-tls1_2"]])
        func strangers(_ version: [String]) async throws {
            try await LiveSite.run([.encryptedLinks]) { site in
                let others = try TemporaryDirectory()
                try await LiveSite.makeData("\(others.path)/data")
                let right = try await Self.heard(site, version + Self.identity(site.dataDirectory, "proxy"))
                #expect(right.output.lines == ["220 gate.example Clavero ready", "221 2.0.0 Bye"])
                let wrong = [
                    [], Self.identity("\(others.path)/data", "proxy"), Self.identity(site.dataDirectory, "keys"),
                    Self.identity(site.dataDirectory, "auth"),
                    ["-cert", site.certificate, "-key", "\(site.dataDirectory)/tls/server.key"],
                ]
                for options in wrong {
                    let result = try await Self.heard(site, version + options)
                    #expect(result.output == "", "\(options)")
                    #expect(result.errors.contains("alert"), "\(options): \(result.errors)")
                }
            }
        }

        @Test("A client that speaks in clear gets nothing")
        func clear() async throws {
            try await LiveSite.run([.encryptedLinks]) { site in
                for words in ["* LINK 2 1\r\n", "NOOP\r\n", "SIGNUP bob \"correct horse\"\r\nSIGNUP bob x\r\n"] {
                    let client = try Client(unheard: site.auth.port)
                    try await client.write(words)
                    try await client.finish()
                    var bytes: [UInt8] = []
                    while let more = try await client.socket.read() { bytes += more }
                    #expect(bytes.isEmpty || bytes[0] == 21)
                    await client.close()
                }
            }
        }

        @Test("A server with the proxy's certificate or another authority's is refused", arguments: ["own", "other"])
        func falseServer(_ kind: String) async throws {
            let directory = try TemporaryDirectory()
            let (data, other) = ("\(directory.path)/data", "\(directory.path)/other")
            for path in [data, other] { try await LiveSite.makeData(path) }
            let files = kind == "own" ? LiveSite.linkOptions(data) : LiveSite.linkOptions(other, as: "keys")
            let server = try await LiveSite.Daemon("claverod", ["--plugins", "keys", "--data-dir", data] + files)
            let proxy = try await LiveSite.Daemon(
                "clavero-proxy", ["--upstream", "127.0.0.1:\(server.port)"] + LiveSite.linkOptions(data))
            let line = try await proxy.program.line { $0.contains("no link to the server") }
            #expect(line.contains("\"reason\":\"no TLS with the server: "), "\(line)")
            let client = try await Client(port: proxy.port)
            #expect(try await client.ask("PUBKEY alice").hasPrefix("451 4.3.2 "))
            await client.close()
        }

        @Test("The proxy does not link to a server without a certificate if TLS is required")
        func clearServer() async throws {
            try await LiveSite.run { site in
                let proxy = try await LiveSite.Daemon(
                    "clavero-proxy",
                    ["--upstream", "127.0.0.1:\(site.keys.port)"] + LiveSite.linkOptions(site.dataDirectory))
                let line = try await proxy.program.line { $0.contains("no link to the server") }
                let reason = "no TLS with the server: it speaks without TLS; start it with --link-tls always"
                #expect(line.contains("\"reason\":\"\(reason)\""), "\(line)")
            }
        }

        @Test("A proxy in clear before a server with TLS says which of them to change")
        func clearProxy() async throws {
            try await LiveSite.run([.encryptedLinks]) { site in
                let proxy = try await LiveSite.Daemon(
                    "clavero-proxy", ["--threads", "2", "--upstream", "127.0.0.1:\(site.keys.port)"])
                let line = try await proxy.program.line { $0.contains("no link to the server") }
                let advice = "if it expects TLS, start the proxy with --link-tls always"
                #expect(line.contains("\"reason\":\"it has sent no greeting in time; \(advice)\""), "\(line)")
            }
        }

        @Test("Without certificates the proxy opens no link to another machine")
        func missing() async throws {
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            try await LiveSite.makeData(data)
            try FileManager.default.removeItem(atPath: "\(data)/link/keys.crt")
            let server = try await Tools.run(
                Tools.own("claverod"), ["--plugins", "keys", "--data-dir", data, "--listen", "0.0.0.0:0"], seconds: 20)
            #expect(server.status == 78)
            #expect(server.errors.lines == ["claverod: \(data)/link/keys.crt: no such file"])
            let proxy = try await Tools.run(
                Tools.own("clavero-proxy"), ["--listen", "127.0.0.1:0", "--upstream", "192.0.2.1:5000"], seconds: 20)
            #expect(proxy.status == 78)
            #expect(
                proxy.errors.lines == [
                    "clavero-proxy: links to other machines need --link-certificate, --link-key and --link-authority"
                ])
        }

        @Test("Links over Unix sockets work, and only the owner may use the sockets")
        func unixSockets() async throws {
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            try await LiveSite.makeData(data)
            var servers: [Program] = []
            for plugin in ["keys", "auth"] {
                let path = "\(directory.path)/\(plugin)"
                let server = try Program(
                    "claverod",
                    ["--plugins", plugin, "--data-dir", data, "--password-cost", "2,1,1", "--listen", "unix:\(path)"])
                _ = try await server.line {
                    $0.contains("\"address\":\"unix:\(path)\"") && $0.contains("\"listening\"")
                }
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600)
                servers.append(server)
            }
            let upstreams = ["keys", "auth"].flatMap { ["--upstream", "unix:\(directory.path)/\($0)"] }
            let proxy = try await LiveSite.Daemon("clavero-proxy", upstreams)
            try await Ready.wait(port: proxy.port)
            let client = try await Client(port: proxy.port, as: "alice")
            #expect(try await client.ask("SIGN x").hasPrefix("250 2.0.0 clvs1.alice.1."))
            await client.close()
            for server in servers {
                server.signal(SIGTERM)
                #expect(try await server.status() == 0)
            }
            #expect(!FileManager.default.fileExists(atPath: "\(directory.path)/keys"))
        }
    }
}
