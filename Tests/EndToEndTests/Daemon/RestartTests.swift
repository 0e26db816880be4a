import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Restarts", .serialized)
    struct Restarts {
        private static let refusals = [
            "451 4.4.1 The server for this command is not reachable now; try again",
            "451 4.4.2 The connection to the server was lost; the command may or may not have been run",
        ]

        @Test(
            "A session survives a restart of either server and stays logged in",
            arguments: [SIGTERM, SIGKILL])
        func sessions(_ signal: Int32) async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                let sealed = try await client.ask("ENCRYPT attack at dawn").after("250 2.0.0 ")
                for server in [site.keys, site.auth] {
                    server.program.signal(signal)
                    _ = try await server.program.status()
                    let (down, up) = server === site.keys ? ("SIGN x", "WHOAMI") : ("WHOAMI", "SIGN x")
                    #expect(Self.refusals.contains(try await client.ask(down)))
                    #expect(try await client.ask(up).hasPrefix("250 2.0.0 "))
                    try await server.start()
                    #expect(try await client.askUntilAnswered(down).hasPrefix("250 2.0.0 "))
                    try await client.expect("250 2.0.0 FROM=alice attack at dawn", to: "DECRYPT \(sealed)")
                    try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                }
                try await client.logIn("alice")
            }
        }

        @Test("The proxy may start first, and until a server has announced its commands they are temporarily refused")
        func order() async throws {
            try await LiveSite.run { site in
                for server in [site.keys, site.auth] {
                    server.program.signal(SIGTERM)
                    #expect(try await server.program.status() == 0)
                }
                let upstreams = [site.keys, site.auth].flatMap { ["--upstream", "127.0.0.1:\($0.port)"] }
                let proxy = try await LiveSite.Daemon("clavero-proxy", upstreams)
                let client = try await Client(port: proxy.port)
                let later = "451 4.3.2 Unknown command so far: a server has not announced its commands yet; try again"
                try await client.expect(later, to: "LOGIN alice x")
                try await client.expect("250 2.0.0 OK", to: "NOOP")
                try await site.auth.start()
                try await site.keys.start()
                try await Ready.wait(port: proxy.port)
                try await client.expect("250 2.0.0 alice signed up, key 1", to: "SIGNUP alice \"correct horse\"")
                try await client.expect("500 5.5.1 Unknown command; HELP lists them", to: "BOGUS")
            }
        }
    }
}
