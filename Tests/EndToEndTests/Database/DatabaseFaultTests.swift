import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Databases with a fault", .serialized)
    struct DatabaseFaults {
        /// Runs the check. It uses the admin socket and therefore needs no database URL.
        private static func check(_ site: LiveSite) async throws -> Tool.Result {
            try await Tools.run(
                Tools.own("claverod"), ["check", "--plugins", "keys", "--data-dir", site.dataDirectory])
        }

        /// Defines a clock function that differs from the real clock by `interval`. The search path of the site finds
        /// it before the server's own.
        private static func setClock(of database: PostgresDatabase, to interval: String) async throws {
            try await database.run(
                """
                CREATE OR REPLACE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
                $$ SELECT pg_catalog.clock_timestamp() + INTERVAL '\(interval)' $$
                """)
        }

        @Test("Clocks that differ are reported in the log, and from a minute on in HEALTH and to probes")
        func clocks() async throws {
            let database = try await PostgresCluster.shared.database()
            try await Self.setClock(of: database, to: "30 seconds")
            let url = database.url("%2Cpg_catalog")
            try await LiveSite.run(server: ["--metrics", "127.0.0.1:0"], database: url) { site in
                for server in [site.keys, site.auth] {
                    let warning = try await server.program.line {
                        $0.contains("this machine's clock differs from the database's")
                    }
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

        /// Expects that the server is not ready, and that the probe and the check both name one of these reasons.
        private static func expectFault(_ reasons: String..., site: LiveSite) async throws {
            let monitor = try await Monitor(site.keys.program)
            var body = ""
            repeat { body = try await monitor.get("/readyz").body } while body == "ready\n"
            let check = try await Self.check(site)
            #expect(check.status == 1 && check.output.isEmpty)
            for text in [body, check.errors] {
                #expect(reasons.contains { text.contains("database: \($0)") }, "\(text)")
            }
        }

        @Test("A PostgreSQL server that hangs or is stopped is reported as such within the probe's time")
        func stopped() async throws {
            let cluster = try PostgresCluster()
            let database = try await cluster.database()
            try await LiveSite.run(server: ["--metrics", "127.0.0.1:0"], database: database.url) { site in
                let monitor = try await Monitor(site.keys.program)
                try await monitor.waitUntilReady()
                let processes = try cluster.processes
                for process in processes { kill(process, SIGSTOP) }
                try await Self.expectFault("no answer within 1.5 seconds", site: site)
                // Twelve probes ask at the same time. None of them may wait longer than the limit.
                let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<12 {
                        group.addTask { try await monitor.get("/readyz", ["--max-time", "3"]).status }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(answers == Array(repeating: 503, count: 12))
                #expect(try await monitor.get("/healthz") == (200, "ok\n"))
                for process in processes { kill(process, SIGCONT) }
                try await monitor.waitUntilReady()
                kill(processes[0], SIGQUIT)
                try await eventually { (try? cluster.processes) == nil }
                try await Self.expectFault(
                    "connection to server", "terminating connection", "server closed the connection", site: site)
            }
        }

        @Test("A SQLite database that is locked by another program or cannot be written is not ready")
        func writes() async throws {
            try await LiveSite.run(server: ["--metrics", "127.0.0.1:0", "--audit-log", "off"]) { site in
                let monitor = try await Monitor(site.keys.program)
                try await monitor.waitUntilReady()
                let (input, output) = (Child.pipe(), Child.pipe())
                let script = """
                    import sqlite3, sys
                    db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
                    db.execute("BEGIN IMMEDIATE")
                    print("locked", flush=True)
                    sys.stdin.read()
                    """
                let other = try Child(
                    "/usr/bin/python3", ["-c", script, "\(site.dataDirectory)/clavero.db"], input: input.read,
                    output: output.write, errors: STDERR_FILENO)
                for descriptor in [input.read, output.write] { close(descriptor) }
                var byte: UInt8 = 0
                #expect(read(output.read, &byte, 1) == 1)
                try await Self.expectFault(
                    "no write finished within 1.5 seconds", "it cannot be written: busy", site: site)
                close(input.write)
                close(output.read)
                #expect(other.wait() == 0)
                try await monitor.waitUntilReady()

                // A limit on the size of files acts like a full disk for this process only.
                for (limit, isReady) in [("1", false), ("unlimited", true)] {
                    let set = try await Tools.run(
                        try Tools.path("prlimit", package: "util-linux"),
                        ["--pid", "\(site.keys.program.pid)", "--fsize=\(limit):"])
                    #expect(set.status == 0, "\(set.errors)")
                    if isReady {
                        try await monitor.waitUntilReady()
                    } else {
                        try await Self.expectFault("it cannot be written: ", site: site)
                    }
                }
            }
        }

        @Test("A root key that does not belong to the database is reported while the server still runs")
        func rootKey() async throws {
            try await LiveSite.run(server: ["--metrics", "127.0.0.1:0"]) { site in
                let monitor = try await Monitor(site.keys.program)
                try await monitor.waitUntilReady()
                let file = "\(site.dataDirectory)/root.key"
                let right = try String(contentsOfFile: file, encoding: .utf8)
                let wrong = Data(repeating: 7, count: 32).base64EncodedString() + "\n"
                try wrong.write(toFile: file, atomically: false, encoding: .utf8)
                try await Self.expectFault("root.key is not the root key of this database", site: site)
                try await Monitor(site.auth.program).waitUntilReady()
                try right.write(toFile: file, atomically: false, encoding: .utf8)
                try await monitor.waitUntilReady()
                #expect(try await Self.check(site).status == 0)
            }
        }

        @Test("A primary that becomes a standby causes temporary refusals, and is used again later")
        func standby() async throws {
            let database = try await PostgresCluster.shared.database()
            try await LiveSite.run(database: database.url) { site in
                let client = try await Client(port: site.port, as: "alice")
                try await database.run("ALTER DATABASE \(database.name) SET default_transaction_read_only = on")
                try await database.endConnections()
                let refusal = try await client.ask("SIGNUP bob \"correct horse\"")
                #expect(refusal.hasPrefix("451 4.4.1 "), "\(refusal)")
                let own = try TemporaryDirectory()
                let another = try await Tools.run(
                    Tools.own("claverod"),
                    [
                        "--plugins", "keys", "--data-dir", site.dataDirectory, "--state-dir", own.path,
                        "--database", database.url, "--listen", "127.0.0.1:0",
                    ])
                #expect(another.status >= 64 && another.errors.lines.count == 1)
                #expect(another.errors.hasSuffix("session is read-only\n"), "\(another.errors)")
                try await database.run(
                    "SET TRANSACTION READ WRITE; ALTER DATABASE \(database.name) RESET ALL")
                #expect(try await client.ask("SIGNUP bob \"correct horse\"") == "250 2.0.0 bob signed up, key 1")
                try await client.logIn("alice")
                await client.close()
            }
        }

        @Test("A server does not start with a newer release's tables or with a missing user or database")
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
                #expect(result.status >= 64 && result.errors.lines.count == 1)
                #expect(result.errors.hasPrefix("claverod: \(url): ") && result.errors.hasSuffix("\(reason)\n"))
            }
        }
    }
}
