import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("claverod rewrap while the servers run", .serialized)
    struct Rewraps {
        private static let kills = 4

        private static func claverod(_ arguments: [String], environment: [String: String] = [:]) async throws
            -> Tool.Result
        {
            try await Tools.run(Tools.own("claverod"), arguments, environment: environment)
        }

        /// Runs a statement with sqlite3. Returns the first column of its output, joined by spaces.
        private static func sql(_ statement: String, _ site: LiveSite) async throws -> String {
            let sqlite = try Tools.path("sqlite3", package: "sqlite3")
            let database = "\(site.dataDirectory)/clavero.db"
            let result = try await Tools.run(sqlite, ["-cmd", ".timeout 20000", database, statement])
            guard result.status == 0 else { throw Mismatch(result.errors) }
            return result.output.lines.joined(separator: " ")
        }

        private static func rootKeys(_ site: LiveSite) throws -> [String] {
            try String(contentsOfFile: "\(site.dataDirectory)/root.key", encoding: .utf8).lines
        }

        @Test("A rewrap that is killed repeatedly loses no key, and no request fails")
        func kills() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                for number in 0..<150 {
                    try await client.expect(
                        "250 2.0.0 seed-\(number) signed up, key 1", to: "SIGNUP seed-\(number) \"correct horse\"")
                }
                let old = try Self.rootKeys(site)
                var sealed = [try await client.ask("ENCRYPT attack at dawn").after("250 2.0.0 ")]
                let later = Gathered()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for stream in 0..<2 { group.addTask { try await Self.work(stream, site, later) } }
                    try await later.wait(for: 1)
                    for _ in 0..<Self.kills { try await Self.rewrapAndKill(site) }
                    let last = try await Self.claverod(["rewrap", site.dataDirectory])
                    #expect(last.status == 0, "\(last.errors)")
                    try await later.wait(for: later.all.count + 4)
                    group.cancelAll()
                    try await group.waitForAll()
                }
                sealed += later.all
                #expect(try Self.rootKeys(site).last == old.last)
                let ids = try await Self.sql("SELECT DISTINCT root_id FROM account_keys", site)
                #expect(try await Self.sql("SELECT value FROM site WHERE name = 'root-key'", site) == ids)
                try await Self.open(sealed, site)

                let retired = try await Self.claverod(["rewrap", "--retire", site.dataDirectory])
                #expect(retired.status == 0, "\(retired.errors)")
                #expect(try Self.rootKeys(site).count == 1 && Self.rootKeys(site) != old)
                for server in [site.keys, site.auth] {
                    server.program.signal(SIGTERM)
                    #expect(try await server.program.status() == 0)
                    try await server.start()
                }
                try await Self.open(sealed, site)
                try await Self.expectNothing(of: old, in: site)
            }
        }

        /// Signs up one account after another until the task is cancelled. Each account seals a message to alice and
        /// to itself, opens it and signs.
        private static func work(_ stream: Int, _ site: LiveSite, _ sealed: Gathered) async throws {
            var number = 0
            defer { sealed.end() }
            while !Task.isCancelled {
                let name = "s\(stream)-\(number)"
                let client = try await Client(port: site.port, as: name)
                let message = try await client.ask("ENCRYPT TO=alice,\(name) attack at dawn").after("250 2.0.0 ")
                try await client.expect("250 2.0.0 FROM=\(name) attack at dawn", to: "DECRYPT \(message)")
                _ = try await client.ask("SIGN x").after("250 2.0.0 clvs1.\(name).1.")
                await client.close()
                sealed.add(message)
                number += 1
            }
        }

        /// Starts a rewrap, and kills it when it reports its progress. By then it has done most of its work.
        private static func rewrapAndKill(_ site: LiveSite) async throws {
            let program = try Program("claverod", ["rewrap", "--batch", "1", site.dataDirectory])
            _ = try await program.line { $0.contains(" keys") }
            program.signal(SIGKILL)
            #expect(try await program.status() == -SIGKILL)
        }

        private static func open(_ sealed: [String], _ site: LiveSite) async throws {
            let client = try await Client(port: site.port)
            let logIn = try await client.askUntilAnswered("LOGIN alice \"correct horse\"")
            #expect(logIn == "235 2.7.0 Logged in as alice")
            for message in sealed {
                let reply = try await client.askUntilAnswered("DECRYPT \(message)")
                #expect(reply.hasPrefix("250 2.0.0 FROM=") && reply.hasSuffix(" attack at dawn"), "\(reply)")
            }
            await client.close()
        }

        private static func expectNothing(of secrets: [String], in site: LiveSite) async throws {
            let logs = [site.keys, site.auth, site.proxy].map { $0.program.log.joined() }
            for secret in secrets { for log in logs { #expect(!log.contains(secret)) } }
        }

        @Test("A row that was tampered with is refused, named and left unchanged, and the others are rewrapped")
        func tampered() async throws {
            try await LiveSite.run { site in
                let alice = try await Client(port: site.port, as: "alice")
                let bob = try await Client(port: site.port, as: "bob")
                let message = try await alice.ask("ENCRYPT TO=alice,bob Xyzzy-3301").after("250 2.0.0 ")
                _ = try await Self.sql(
                    """
                    UPDATE account_keys SET wrapped = (SELECT wrapped FROM account_keys JOIN accounts
                        ON id = account_id WHERE name = 'bob' AND purpose = 'encryption')
                    WHERE purpose = 'encryption' AND account_id = (SELECT id FROM accounts WHERE name = 'alice');
                    UPDATE mark SET value = randomblob(16)
                    """, site)
                let refusal = "451 4.3.5 The key cannot be unwrapped; ask the operator"
                try await alice.expect(refusal, to: "DECRYPT \(message)")
                try await alice.expect(refusal, to: "ENCRYPT Xyzzy-3301")
                try await bob.expect("250 2.0.0 FROM=alice Xyzzy-3301", to: "DECRYPT \(message)")
                let line = try await site.keys.program.line { $0.contains("\"verb\":\"DECRYPT\"") }
                #expect(line.contains("\"message\":\"a command failed\""))
                #expect(!site.keys.program.log.contains { $0.contains("Xyzzy") || $0.contains(message) })

                let rewrap = try await Self.claverod(["rewrap", site.dataDirectory])
                #expect(rewrap.status == 1)
                #expect(
                    rewrap.errors.lines.last
                        == "claverod: encryption key 1 of alice: cannot be unwrapped, and was not changed")
                try await bob.expect("250 2.0.0 FROM=alice Xyzzy-3301", to: "DECRYPT \(message)")
                let retire = try await Self.claverod(["rewrap", "--retire", site.dataDirectory])
                #expect(retire.status == 78)
                #expect(
                    retire.errors.lines == [
                        "claverod: \(site.dataDirectory)/clavero.db: keys are still wrapped under an earlier root key; "
                            + "run claverod rewrap first"
                    ])
                #expect(try Self.rootKeys(site).count == 2)

                let admin = Conversation(try SocketTransport(path: site.adminSocket))
                _ = try await admin.reply()
                #expect(try await admin.ask("FORGET alice alice").hasPrefix("250 2.0.0 "))
                await admin.close()
                #expect(try await Self.claverod(["rewrap", site.dataDirectory]).status == 0)
                #expect(try await Self.claverod(["rewrap", "--retire", site.dataDirectory]).status == 0)
                #expect(try Self.rootKeys(site).count == 1)
                try await bob.expect("250 2.0.0 FROM=alice Xyzzy-3301", to: "DECRYPT \(message)")
            }
        }
    }
}
