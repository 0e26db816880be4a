import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Log-ins while one address floods the server", .serialized)
    struct FloodedLogIns {
        /// One line of the audit log.
        private struct Record: Decodable {
            let verb: String?
            let code: Int?
        }

        private static func client(_ site: LiveSite, from address: String) async throws -> Client {
            let client = try Client(unheard: site.port, from: address)
            _ = try await client.reply()
            return client
        }

        /// Opens `count` sessions from one address, and sends one line on each. Returns the sessions.
        private static func flood(
            _ site: LiveSite, _ count: Int, from address: String, _ line: (Int) -> String
        ) async throws -> [Client] {
            var clients: [Client] = []
            for number in 0..<count {
                let client = try await client(site, from: address)
                try await client.write(line(number) + "\r\n")
                clients.append(client)
            }
            return clients
        }

        /// Stops the auth server. Returns the reply codes of the log-ins in the order of their answers.
        private static func codes(_ site: LiveSite) async throws -> [Int] {
            // The audit log is written after the answers. It is complete only when the server has ended.
            site.auth.program.signal(SIGTERM)
            _ = try await site.auth.program.status()
            let log = try String(contentsOfFile: "\(site.dataDirectory)/audit-auth.log", encoding: .utf8)
            let records = try log.lines.map { try JSONDecoder().decode(Record.self, from: Data($0.utf8)) }
            return records.filter { $0.verb == "LOGIN" }.compactMap(\.code)
        }

        /// Each hash takes a large part of a second. The log-in of alice therefore arrives while most of the flood is
        /// waiting.
        @Test("A log-in from another address is checked before the passwords of the flood")
        func flood() async throws {
            let options = ["--password-cost", "16,8,2", "--hasher-threads", "1", "--hasher-queue", "64"]
            try await LiveSite.run(server: options) { site in
                let alice = try await Self.client(site, from: "127.0.0.9")
                try await alice.expect("250 2.0.0 alice signed up, key 1", to: "SIGNUP alice \"correct horse\"")
                let others = try await Self.flood(site, 24, from: "127.0.0.66") { "LOGIN user\($0) \"wrong horse\"" }
                // An address has 16 places. Requests beyond them are refused at once, so these replies show that all
                // requests have arrived.
                let refused = "450 4.3.2 Too many passwords from your network to check at once; try again"
                for client in others.suffix(4) { #expect(try await client.reply() == [refused]) }
                try await alice.logIn("alice")
                for client in others.dropLast(4) { _ = try await client.reply() }
                for client in others + [alice] { await client.close() }
                let hashed = try await Self.codes(site).filter { $0 != 450 }
                let place = try #require(hashed.firstIndex(of: 235))
                // On a slow machine the throttle refuses the last ones of the flood.
                #expect(hashed.count >= 8 && place <= hashed.count / 2, "\(hashed)")
            }
        }

        @Test("A burst of guesses gets only the permitted tries, and the owner can log in from elsewhere")
        func burst() async throws {
            try await LiveSite.run { site in
                let alice = try await Client(port: site.port, as: "alice")
                let others = try await Self.flood(site, 60, from: "127.0.1.66") { "LOGIN alice \"guess \($0)\"" }
                try await alice.logIn("alice")
                var replies: [String: Int] = [:]
                for client in others { replies[try await client.reply()[0], default: 0] += 1 }
                let wrong = replies["535 5.7.8 Wrong name or password"] ?? 0
                let refused = "450 4.7.0 Too many wrong log-ins from your network; try again later"
                #expect((3...10).contains(wrong) && replies[refused] == 60 - wrong, "\(replies)")
                for client in others + [alice] { await client.close() }
            }
        }

        @Test("One password for many accounts is refused after some tries, and other addresses are not affected")
        func spraying() async throws {
            try await LiveSite.run(server: ["--throttle-network-limit", "7"]) { site in
                let alice = try await Client(port: site.port, as: "alice")
                let other = try await Self.client(site, from: "127.0.0.66")
                for number in 0..<7 {
                    try await other.expect("535 5.7.8 Wrong name or password", to: "LOGIN user\(number) Winter2026")
                }
                let refused = "450 4.7.0 Too many wrong log-ins from your network to many accounts; try later"
                for name in ["alice", "nobody"] {
                    try await other.expect(refused, to: "LOGIN \(name) \"correct horse\"")
                }
                try await alice.logIn("alice")
                let operators = try await Client(path: "\(site.dataDirectory)/auth.sock")
                try await operators.expect("250 2.0.0 alice had no wrong log-ins", to: "UNLOCK alice")
                try await other.logIn("alice")
                try await other.expect(refused, to: "LOGIN bob \"correct horse\"")
                let networks = "127.0.0.66/32 and 127.0.0.0/24"
                try await operators.expect(
                    "250 2.0.0 \(networks) may try again at once", to: "UNLOCK NETWORK=127.0.0.66")
                try await other.expect("535 5.7.8 Wrong name or password", to: "LOGIN bob \"correct horse\"")
                for client in [alice, other, operators] { await client.close() }
            }
        }
    }
}
