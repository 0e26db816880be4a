import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("A PostgreSQL database that is not as it has to be", .serialized)
    struct DatabaseFaults {
        private static func check(_ site: LiveSite) async throws -> Tool.Result {
            try await Tools.run(
                Tools.own("claverod"), ["check", "--plugins", "keys", "--data-dir", site.dataDirectory])
        }

        /// Finds a clock of this test's before the server's own.
        private static func setClock(of database: PostgresDatabase, to interval: String) async throws {
            try await database.run(
                """
                CREATE OR REPLACE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
                $$ SELECT pg_catalog.clock_timestamp() + INTERVAL '\(interval)' $$
                """)
        }

        @Test("Clocks that are apart are said in the log, and by a minute in HEALTH and to probes")
        func clocks() async throws {
            let database = try await PostgresCluster.shared.database()
            try await Self.setClock(of: database, to: "30 seconds")
            let url = database.url("%2Cpg_catalog")
            try await LiveSite.run(server: ["--metrics", "127.0.0.1:0"], database: url) { site in
                for server in [site.keys, site.auth] {
                    let warning = try await server.program.line { $0.contains("the clocks are apart") }
                    #expect(warning.contains("s behind the database's") && warning.contains("\"level\":\"warning\""))
                }
                #expect(try await Self.check(site).output.hasPrefix("healthy: database: ok, "))
                let monitor = try await Monitor(site.keys.program)
                try await monitor.waitUntilReady()

                try await Self.setClock(of: database, to: "-1 hour")
                let result = try await Self.check(site)
                #expect(result.status == 1)
                let seconds = result.errors.split(separator: " ").compactMap { Int($0) }
                #expect(seconds.count == 1 && 3570...3630 ~= seconds[0], "\(result.errors)")
                let reason = "database: this machine's clock is \(seconds.first ?? 0) s ahead of the database's\n"
                #expect(result.errors.hasSuffix(reason))
                let ready = try await monitor.get("/readyz")
                #expect(ready.status == 503 && ready.body.hasPrefix("database: this machine's clock is "))

                try await Self.setClock(of: database, to: "0 seconds")
                #expect(try await Self.check(site).status == 0)
                try await monitor.waitUntilReady()
            }
        }

        @Test("A primary that becomes a standby costs refusals that pass, and is found again")
        func standby() async throws {
            let database = try await PostgresCluster.shared.database()
            try await LiveSite.run(database: database.url) { site in
                let client = try await Client(port: site.port, as: "alice")
                try await database.run("ALTER DATABASE \(database.name) SET default_transaction_read_only = on")
                try await database.endConnections()
                let refusal = try await client.ask("SIGNUP bob \"correct horse\"")
                #expect(refusal.hasPrefix("451 4.4.1 "), "\(refusal)")
                let serve = ["--plugins", "keys", "--data-dir", site.dataDirectory, "--database", database.url]
                let another = try await Tools.run(Tools.own("claverod"), serve + ["--listen", "127.0.0.1:0"])
                #expect(another.status == 1 && another.errors.lines.count == 1)
                #expect(another.errors.hasSuffix("session is read-only\n"), "\(another.errors)")
                try await database.run(
                    "SET TRANSACTION READ WRITE; ALTER DATABASE \(database.name) RESET ALL")
                #expect(try await client.ask("SIGNUP bob \"correct horse\"") == "250 2.0.0 bob signed up, key 1")
                try await client.logIn("alice")
                await client.close()
            }
        }

        @Test("A newer release's tables, and a user or a database that is not there, keep a server from starting")
        func refusals() async throws {
            let database = try await PostgresCluster.shared.database()
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            try await LiveSite.makeData(data, ["--database", database.url])
            try await database.run("INSERT INTO clavero_migrations VALUES ('9-later')")
            let nobody = database.url(user: "nobody-here")
            let none = PostgresDatabase(cluster: database.cluster, name: "none").url
            for (url, reason) in [
                (database.url, "written by a newer release of Clavero"),
                (nobody, "role \"nobody-here\" does not exist"), (none, "database \"none\" does not exist"),
            ] {
                let serve = ["--plugins", "auth", "--data-dir", data, "--listen", "127.0.0.1:0", "--database", url]
                let result = try await Tools.run(Tools.own("claverod"), serve)
                #expect(result.status == 1 && result.errors.lines.count == 1)
                #expect(result.errors.hasPrefix("claverod: \(url): ") && result.errors.hasSuffix("\(reason)\n"))
            }
        }
    }
}
