import Glibc
import TestKit
import Testing

extension EndToEnd {
    @Suite("The counts of HEALTH", .serialized)
    struct HealthCounts {
        /// Returns the numbers of the lines `requests:` and `sessions:`.
        private static func counts(_ admin: Client) async throws -> (requests: Int, sessions: Int) {
            try await admin.write("HEALTH\r\n")
            let lines = try await admin.reply()
            func number(_ name: String) throws -> Int {
                let values = lines.compactMap { $0.wholeMatch(of: /250[ -]2\.0\.0 (\w+): ([0-9]+)/)?.output }
                return try #require(values.first { $0.1 == name }.flatMap { Int($0.2) }, "\(name) in \(lines)")
            }
            return (try number("requests"), try number("sessions"))
        }

        /// Repeats HEALTH until this number of sessions is open. The server learns of the end of a session a little
        /// later.
        static func wait(for sessions: Int, _ admin: Client) async throws {
            try await eventually("\(sessions) sessions") { try await counts(admin).sessions == sessions }
        }

        @Test(
            "HEALTH counts sessions of a server and of a proxy until they end, but not those of the operator")
        func both() async throws {
            try await LiveSite.run { site in
                let admin = try await Client(path: site.adminSocket)
                let second = try await Client(path: site.adminSocket)
                try await Self.wait(for: 0, admin)
                let before = try await Self.counts(admin).requests

                let direct = try await Client(port: site.keys.port)
                try await direct.expect("530 5.7.0 Log in first", to: "SIGN hello")
                #expect(try await Self.counts(admin) == (before + 1, 1))
                let alice = try await Client(port: site.port, as: "alice")
                let bob = try await Client(port: site.port, as: "bob")
                #expect(try await alice.ask("SIGN hello").hasPrefix("250 "))
                _ = try await second.ask("ACCOUNTS")
                try await alice.expect("250 2.0.0 OK", to: "NOOP")
                #expect(try await Self.counts(admin) == (before + 4, 3))

                await alice.close()
                try await Self.wait(for: 2, admin)
                await direct.close()
                try await Self.wait(for: 1, admin)
                // The end of the link also ends its lanes.
                site.proxy.program.signal(SIGKILL)
                _ = try await site.proxy.program.status()
                try await Self.wait(for: 0, admin)
                #expect(try await Self.counts(admin).requests == before + 4)
                for client in [bob, second, admin] { await client.close() }
                try await site.proxy.start()
            }
        }
    }
}
