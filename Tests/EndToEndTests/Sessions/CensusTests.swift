import TestKit
import Testing

extension EndToEnd {
    @Suite("The number of sessions of an address", .serialized)
    struct Census {
        private static let refusal = ["421 4.7.0 Too many sessions from your address; try again later"]

        @Test("A session over the limit is refused and closed, and a log-in or a close makes a place free")
        func places() async throws {
            try await LiveSite.run([.tls]) { site in
                await (try Client(port: site.port, as: "alice")).close()
                let upstreams = [site.keys, site.auth].flatMap { ["--upstream", "127.0.0.1:\($0.port)"] }
                let proxy = try await LiveSite.Daemon(
                    "clavero-proxy",
                    ["--threads", "1", "--address-sessions", "3", "--address-strangers", "2"] + upstreams
                        + LiveSite.tlsOptions(site.dataDirectory))
                let first = try await Client(port: proxy.port)
                _ = try await first.askUntilAnswered("VERIFY x x")
                let second = try await Client(port: proxy.port)
                try await Self.expectRefusal(proxy)
                try await first.logIn("alice")
                let third = try await Client(port: proxy.port)
                try await Self.expectRefusal(proxy)
                try await second.logIn("alice")
                // After the log-in a stranger's place is free, but the address still has the maximum number of
                // sessions.
                try await Self.expectRefusal(proxy)
                // A client that uses TLS gets the refusal through TLS.
                let port = try await proxy.program.port { $0.contains("\"tls\":\"implicit\"") }
                let result = try await OpenSSL.connect(site, port: port, ["-quiet"])
                #expect(result.output.lines == Self.refusal)

                try await third.expect("221 2.0.0 Bye", to: "QUIT")
                await third.close()
                let fourth = try await Self.untilTaken(proxy)
                try await first.expect("250 2.0.0 Logged out", to: "LOGOUT")
                try await Self.expectRefusal(proxy)
                await fourth.socket.reset()
                await second.close()
                await first.close()
                for _ in 0..<2 { try await Self.untilTaken(proxy).logIn("alice") }
            }
        }

        private static func expectRefusal(_ proxy: LiveSite.Daemon) async throws {
            let client = try Client(unheard: proxy.port)
            #expect(try await client.rest() == refusal)
            await client.close()
        }

        /// Connects again and again until the proxy accepts a session, and returns that session.
        private static func untilTaken(_ proxy: LiveSite.Daemon) async throws -> Client {
            try await found("a place") {
                let client = try Client(unheard: proxy.port)
                if try await client.reply() != refusal { return client }
                await client.close()
                return nil
            }
        }
    }
}
