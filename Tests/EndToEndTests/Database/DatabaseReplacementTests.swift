import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Databases that are no longer the server's own, or fall silent", .serialized)
    struct DatabaseReplacements {
        private static let option = ["--metrics", "127.0.0.1:0"]

        /// Moves the files of a SQLite database, with those that SQLite has beside it.
        private static func move(_ path: String, to other: String) throws {
            for end in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + end) {
                try FileManager.default.moveItem(atPath: path + end, toPath: other + end)
            }
        }

        @Test("A database file that is replaced by another site's is reported, until the server's own is back")
        func file() async throws {
            try await LiveSite.run(server: Self.option) { site in
                let other = "\(site.directory.path)/other"
                try await LiveSite.makeData(other)
                let monitors = [try await Monitor(site.keys.program), try await Monitor(site.auth.program)]
                for monitor in monitors { try await monitor.waitUntilReady() }
                let (own, kept) = ("\(site.dataDirectory)/clavero.db", "\(site.directory.path)/kept.db")
                try Self.move(own, to: kept)
                try FileManager.default.copyItem(atPath: "\(other)/clavero.db", toPath: own)
                for monitor in monitors {
                    try await monitor.waitUntilReady(
                        "database: no such file, or it was moved or replaced while in use\n")
                    #expect(try await monitor.get("/healthz") == (200, "ok\n"))
                }
                #expect(try await monitors[0].value(#"claverod_ready{part="database"}"#) == 0)
                #expect(try await monitors[0].value(#"claverod_ready{part="audit log"}"#) == 1)
                try FileManager.default.removeItem(atPath: own)
                try Self.move(kept, to: own)
                for monitor in monitors { try await monitor.waitUntilReady() }
            }
        }

        @Test("Tables of PostgreSQL that another root key has wrapped are reported while the server runs")
        func tables() async throws {
            let database = try await PostgresCluster.shared.database()
            try await LiveSite.run(server: Self.option, database: database.url) { site in
                let monitor = try await Monitor(site.keys.program)
                try await monitor.waitUntilReady()
                let own = try await database.run("SELECT value FROM site WHERE name = 'root-key'")
                try await database.run("UPDATE site SET value = 'another' WHERE name = 'root-key'")
                try await monitor.waitUntilReady("database: root.key is not the root key of this database\n")
                try await database.run("UPDATE site SET value = '\(own)' WHERE name = 'root-key'")
                try await monitor.waitUntilReady()
            }
        }

        @Test("Probes and the status page answer in time while PostgreSQL takes connections and never answers")
        func silent() async throws {
            let cluster = try PostgresCluster()
            let database = try await cluster.database()
            let relay = try Relay(to: cluster.port)
            defer { relay.end() }
            let url = "postgresql://owner@127.0.0.1:\(relay.port)/\(database.name)?sslmode=require"
            try await LiveSite.run(server: Self.option, database: url) { site in
                let monitor = try await Monitor(site.keys.program)
                try await monitor.waitUntilReady()
                relay.set(.nothing)
                var body = ""
                for _ in 0..<5 {
                    let start = ContinuousClock.now
                    let answer = try await monitor.get("/readyz", ["--max-time", "10"])
                    // The limit is 2 seconds. The rest is for starting curl on a busy machine.
                    #expect(start.duration(to: .now) < .seconds(6))
                    if answer.status == 503 { body = answer.body }
                    #expect(try await monitor.get("/healthz") == (200, "ok\n"))
                    #expect(try await monitor.get("/status", ["--max-time", "10"]).body.contains("not ready"))
                    #expect(try await monitor.get("/metrics", ["--max-time", "10"]).status == 200)
                }
                #expect(body.hasPrefix("database: no "), "\(body)")
                relay.set(.well)
                try await monitor.waitUntilReady()
            }
        }
    }
}
