import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("A log-in ends on every node at the same time", .serialized)
    struct Revocation {
        private static let ended = "530 5.7.1 "

        /// Starts two proxies, each with its own servers, on one database. Runs `body` with a session of alice at
        /// each proxy.
        static func nodes(
            on engine: Engine,
            _ body: (LiveSite, _ first: Client, _ second: Client, _ token: String) async throws -> Void
        ) async throws {
            try await nodes(on: engine) { site, _, first, second, token in
                try await body(site, first, second, token)
            }
        }

        /// Starts two proxies, each with its own servers, on one database. Runs `body` with the port of the second
        /// proxy and a session of alice at each proxy.
        static func nodes(
            on engine: Engine,
            _ body: (
                LiveSite, _ port: Int, _ first: Client, _ second: Client, _ token: String
            ) async throws -> Void
        ) async throws {
            let database = engine == .postgres ? try await PostgresCluster.shared.database() : nil
            let url = database?.url
            try await LiveSite.run(database: url) { site in
                let node = try TemporaryDirectory()
                var upstreams: [String] = []
                var servers: [LiveSite.Daemon] = []
                for plugin in ["keys", "auth"] {
                    let server = try await LiveSite.Daemon(
                        "claverod",
                        [
                            "--plugins", plugin, "--data-dir", site.dataDirectory, "--password-cost", "2,1,1",
                            "--admin-socket", "\(node.path)/\(plugin).sock", "--audit-log",
                            "\(node.path)/\(plugin).log",
                        ] + (url.map { ["--database", $0] } ?? []))
                    servers.append(server)
                    upstreams += ["--upstream", "127.0.0.1:\(server.port)"]
                }
                let proxy = try await LiveSite.Daemon("clavero-proxy", upstreams)
                try await Ready.wait(port: proxy.port)
                let first = try await Client(port: site.port, as: "alice")
                let second = try await Client(port: proxy.port)
                try await second.logIn("alice")
                let token = try await second.ask("TOKEN").after("250 2.0.0 ")
                #expect(try await second.ask("VERIFY TOKEN=\(token)").hasPrefix("250 2.0.0 alice "))
                for verb in ["WHOAMI", "SIGN x"] { #expect(try await second.ask(verb).hasPrefix("250 2.0.0 ")) }
                try await body(site, proxy.port, first, second, token)
                for client in [first, second] { await client.close() }
                for server in servers { server.program.signal(SIGTERM) }
                for server in servers { #expect(try await server.program.status() == 0) }
            }
        }

        private static func expectEnd(_ client: Client, _ token: String) async throws {
            for verb in ["WHOAMI", "SIGN x"] {
                let reply = try await client.ask(verb)
                #expect(reply.hasPrefix(ended) || reply == "530 5.7.0 Log in first", "\(verb): \(reply)")
            }
            let reply = try await client.ask("VERIFY TOKEN=\(token)")
            #expect(reply.hasPrefix("5"), "\(reply)")
            #expect(try await client.ask("LOGIN TOKEN=\(token)").hasPrefix("5"))
        }

        @Test("LOGOUT EVERYWHERE ends every log-in of the account on every node", arguments: Engine.allCases)
        func logOut(on engine: Engine) async throws {
            try await Self.nodes(on: engine) { _, first, second, token in
                try await first.expect("250 2.0.0 Logged out everywhere", to: "LOGOUT EVERYWHERE")
                try await Self.expectEnd(second, token)
                try await second.logIn("alice")
            }
        }

        @Test("PASSWD ends every other log-in of the account on every node", arguments: Engine.allCases)
        func passwd(on engine: Engine) async throws {
            try await Self.nodes(on: engine) { _, first, second, token in
                #expect(try await first.ask("PASSWD \"correct horse\" \"battery staple\"").hasPrefix("250 2.0.0 "))
                try await first.expect("250 2.0.0 alice", to: "WHOAMI")
                try await Self.expectEnd(second, token)
                try await second.expect("535 5.7.8 Wrong name or password", to: "LOGIN alice \"correct horse\"")
                try await second.expect("235 2.7.0 Logged in as alice", to: "LOGIN alice \"battery staple\"")
            }
        }

        @Test(
            "DISABLE on the socket of either server ends every log-in, and ENABLE does not restore it",
            arguments: ["keys", "auth"],
            Engine.allCases)
        func disable(_ server: String, on engine: Engine) async throws {
            try await Self.nodes(on: engine) { site, first, second, token in
                let admin = try await Client(path: "\(site.dataDirectory)/\(server).sock")
                try await admin.expect("250 2.0.0 alice is disabled, and logged out everywhere", to: "DISABLE alice")
                for client in [first, second] {
                    try await Self.expectEnd(client, token)
                    #expect(try await client.ask("LOGIN alice \"correct horse\"").hasPrefix("550 5.7.13 "))
                }
                try await admin.expect("250 2.0.0 alice can log in", to: "ENABLE alice")
                try await Self.expectEnd(second, token)
                try await second.logIn("alice")
                await admin.close()
            }
        }
    }
}
