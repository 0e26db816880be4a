import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("claverod migrate", .serialized)
    struct Migrations {
        /// Expects that users can do after a migration everything that they could do before it.
        private static func expectAlive(_ site: MovingSite, database: String?, newcomer: String) async throws {
            try await site.serving(database: database) { port in
                let client = try await Client(port: port)
                try await client.logIn("alice")
                try await client.expect("250 2.0.0 FROM=alice attack at dawn", to: "DECRYPT \(site.sealed)")
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                for (name, reply) in [("carol", "550 5.7.13 "), ("dave", "535 5.7.8 ")] {
                    #expect(try await client.ask("LOGIN \(name) \"correct horse\"").hasPrefix(reply))
                }
                try await client.expect("550 5.7.1 The name is taken", to: "SIGNUP dave \"correct horse\"")
                let signUp = try await client.ask("SIGNUP \(newcomer) \"correct horse\"")
                #expect(signUp == "250 2.0.0 \(newcomer) signed up, key 1")
                try await client.logIn(newcomer)
                await client.close()
            }
        }

        private static func whole(_ result: Tool.Result) throws {
            #expect(result.status == 0, "\(result.output)\(result.errors)")
            for table in [
                "accounts", "account_keys", "key_uses", "recovery_codes", "login_keys", "invitations", "login_failures",
                "sign_ups", "site",
            ] {
                let lines = result.output.lines.filter { $0.hasPrefix("\(table): ") }
                #expect(lines.count == 1 && lines[0].contains(" rows, SHA-256 "))
            }
        }

        @Test("A migration to PostgreSQL and back loses nothing, and users can continue")
        func roundTrip() async throws {
            let site = try await MovingSite()
            let before = try await site.dump()
            let there = try await site.migrate(site.data, site.url)
            try Self.whole(there)
            #expect(try await site.dump() == before)
            #expect(there.errors.lines.last.map { $0.hasSuffix(" rows") } == true)

            // The rows are also read back in a second way. They must be exactly the same.
            let copy = "\(site.directory.path)/copy.db"
            try Self.whole(try await site.migrate(site.url, copy))
            let moved = try await Tools.run("/usr/bin/sqlite3", [copy, ".dump"])
            #expect(MovingSite.rows(moved.output) == before)
            #expect(try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions] as? Int == 0o600)

            try await Self.expectAlive(site, database: site.url, newcomer: "erin")
            // The new epoch is above every epoch that was given to an account before. The number is in
            // the row `first-epoch`, which a restore writes.
            #expect(try await site.database.run("SELECT epoch FROM accounts WHERE name = 'erin'") == "17")
            try FileManager.default.moveItem(atPath: site.file, toPath: "\(site.directory.path)/old.db")
            try Self.whole(try await site.migrate(site.url, site.data))
            try await Self.expectAlive(site, database: nil, newcomer: "frank")
            #expect(try await site.sqlite("SELECT name FROM accounts WHERE name = 'erin'").lines == ["erin"])
        }

        /// A Python program that computes the digests of claverod(8). It prints one line for each table. Its
        /// arguments are the names of the tables and their sort keys.
        private static let digests = """
            import hashlib, sqlite3, struct, sys
            database = sqlite3.connect(sys.argv[1])
            def encoded(value):
                if value is None: kind, value = b"n", b""
                elif isinstance(value, int): kind, value = b"i", struct.pack(">q", value)
                elif isinstance(value, str): kind, value = b"t", value.encode()
                else: kind = b"b"
                return kind + struct.pack(">Q", len(value)) + value
            for table, key in zip(sys.argv[2::2], sys.argv[3::2]):
                count, digest = 0, bytes(32)
                for row in database.execute(f"SELECT * FROM {table} ORDER BY {key}"):
                    count, digest = count + 1, hashlib.sha256(digest + b"".join(map(encoded, row))).digest()
                print(f"{table}: {count} rows, SHA-256 {digest.hex()}")
            """

        @Test("The digests are equal to those that another program computes")
        func secondOpinion() async throws {
            let site = try await MovingSite()
            let keys = [
                "accounts", "id", "account_keys", "account_id, purpose, version", "key_uses",
                "account_id, purpose, version, day", "recovery_codes", "account_id, digest", "login_keys",
                "account_id, public",
                "invitations", "digest", "login_failures", "account, network", "sign_ups", "source, slot", "site",
                "name",
            ]
            let computed = try await Tools.python(Self.digests, [site.file] + keys)
            #expect(computed.status == 0, "\(computed.errors)")
            let moved = try await site.migrate(site.data, site.url, "--batch", "3")
            #expect(moved.output.lines.filter { $0.contains(" rows, SHA-256 ") } == computed.output.lines)
        }

        @Test("A migration to PostgreSQL that is killed continues when it is started again")
        func killedToPostgres() async throws {
            let site = try await MovingSite()
            let before = try await site.dump()
            try await site.interruptedToPostgres()
            #expect(try await site.database.run("SELECT count(*) FROM accounts") == "44")
            #expect(try await site.database.run("SELECT count(*) FROM login_keys") == "0")
            let reason = "claverod: \(site.url): a migration into it is not finished; run claverod migrate again"
            #expect(try await site.refusal(database: site.url) == [reason])
            #expect(try await site.migrate(site.url, "\(site.data)/other.db").errors.lines == [reason])

            let end = try await site.migrate(site.data, site.url)
            try Self.whole(end)
            #expect(end.output.contains("continuing the earlier"))
            #expect(try await site.dump() == before)
            try await Self.expectAlive(site, database: site.url, newcomer: "erin")
        }

        @Test("A migration to SQLite that is killed continues when it is started again")
        func killedToSQLite() async throws {
            let site = try await MovingSite()
            let before = try await site.dump()
            try Self.whole(try await site.migrate(site.file, site.url))
            try FileManager.default.moveItem(atPath: site.file, toPath: "\(site.directory.path)/old.db")
            try await site.interruptedToSQLite()
            #expect(try await site.sqlite("SELECT count(*) FROM accounts").lines == ["44"])
            #expect(try await site.sqlite("SELECT count(*) FROM login_keys").lines == ["0"])
            let reason = "claverod: \(site.file): a migration into it is not finished; run claverod migrate again"
            #expect(try await site.refusal() == [reason])
            let backup = ["backup", site.data, "\(site.directory.path)/b"]
            #expect(try await Tools.run(Tools.own("claverod"), backup).errors.lines == [reason])

            let end = try await site.migrate(site.url, site.data)
            try Self.whole(end)
            #expect(end.output.contains("continuing the earlier"))
            #expect(try await site.dump() == before)
            try await Self.expectAlive(site, database: nil, newcomer: "erin")
        }

        @Test("A row that was changed during the migration is found on either side", arguments: ["source", "target"])
        func altered(side: String) async throws {
            let site = try await MovingSite()
            try await site.interruptedToPostgres()
            let change = "UPDATE accounts SET password = 'x' WHERE name = 'bob'"
            if side == "source" { try await site.sqlite(change) } else { try await site.database.run(change) }
            let end = try await site.migrate(site.data, site.url)
            #expect(end.status == 65)
            #expect(end.output.lines.contains { $0.hasPrefix("accounts: different: the source has 44 rows, SHA-256 ") })
            #expect(end.output.lines.contains { $0.hasPrefix("account_keys: ") && !$0.contains("different") })
            let reason = "claverod: \(site.url): differs from \(site.file) in accounts, so the migration is not "
            #expect(end.errors.lines.last == reason + "finished; use --anew to copy everything again")
            #expect(try await site.refusal(database: site.url).count == 1)
            try Self.whole(try await site.migrate(site.data, site.url, "--anew"))
            try await site.serving(database: site.url) { _ in }
        }

        @Test("No program can write to a PostgreSQL database while it is copied")
        func held() async throws {
            let site = try await MovingSite()
            try Self.whole(try await site.migrate(site.data, site.url))
            try FileManager.default.removeItem(atPath: site.file)
            let change = "SET lock_timeout = 10; UPDATE accounts SET epoch = 9"
            try await site.database.run(change)
            try await site.interruptedToSQLite(while: {
                await #expect(throws: Mismatch.self) { try await site.database.run(change) }
            })
            try await site.database.run(change)
        }
    }
}
