import Glibc
import TestKit
import Testing

extension EndToEnd {
    @Suite("A daemon and the uses of keys", .serialized)
    struct KeyUses {
        /// Returns the uses of alice's signing key, which KEYS shows last.
        private static func uses(_ client: Client) async throws -> Int? {
            let line = try await client.ask("KEYS")
            #expect(line.hasPrefix("250 2.0.0 signing 1 live "))
            return line.split(separator: " ").last.flatMap { Int($0) }
        }

        @Test("Uses are counted when the daemon stops, and a daemon that is killed loses no key")
        func stops() async throws {
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            try await LiveSite.makeData(data)
            let server = try await LiveSite.Daemon(
                "claverod", ["--plugins", "keys,auth", "--data-dir", data, "--password-cost", "2,1,1"])
            var client = try await Client(port: server.port, as: "alice")
            var counted = 0
            for signal in [SIGTERM, SIGKILL, SIGINT] {
                for _ in 0..<2 { #expect(try await client.ask("SIGN hello").hasPrefix("250 2.0.0 clvs1.alice.1.")) }
                await client.close()
                server.program.signal(signal)
                let status = try await server.program.status()
                #expect(signal == SIGKILL || status == 0)
                try await server.start()
                client = try await Client(port: server.port)
                try await client.logIn("alice")
                let now = try #require(try await Self.uses(client))
                // A daemon that is killed loses the uses of the last minute, or none.
                #expect(signal == SIGKILL ? counted...(counted + 2) ~= now : now == counted + 2, "\(signal): \(now)")
                counted = now
            }
            await client.close()
            server.program.signal(SIGTERM)
            #expect(try await server.program.status() == 0)
        }
    }
}
