import TestKit
import Testing

extension EndToEnd {
    @Suite("How many sessions an address may have", .serialized)
    struct Census {
        private static let refusal = ["421 4.7.0 Too many sessions from your address; try again later"]

        @Test("A session too many is told so and closed, and places are free again after a log-in or a close")
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
                // There is a stranger's place, but no session's.
                try await Self.expectRefusal(proxy)
                // Through TLS it is told in TLS.
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

        /// A session, as soon as there is a place.
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
