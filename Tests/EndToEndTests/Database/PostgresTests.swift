import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("A site on a PostgreSQL database", .serialized)
    struct Postgres {
        private static func claverod(_ arguments: [String]) async throws -> Tool.Result {
            try await Tools.run(Tools.own("claverod"), arguments, seconds: 30)
        }

        @Test("An account that signs up at one node is known to the other")
        func nodes() async throws {
            try await Revocation.nodes(on: .postgres) { _, first, second, _ in
                try await second.expect("250 2.0.0 bob signed up, key 1", to: "SIGNUP bob \"correct horse\"")
                let sealed = try await first.ask("ENCRYPT TO=bob attack at dawn").after("250 2.0.0 ")
                try await second.logIn("bob")
                try await second.expect("250 2.0.0 FROM=alice attack at dawn", to: "DECRYPT \(sealed)")
                try await first.expect("550 5.7.1 The name is taken", to: "SIGNUP bob \"correct horse\"")
                let signature = try await second.ask("SIGN attack at noon").after("250 2.0.0 ")
                let reply = try await first.ask("VERIFY \(signature) attack at noon")
                #expect(reply.hasPrefix("250 2.0.0 bob signed"))
            }
        }

        @Test("No request fails while PostgreSQL ends connections, and HEALTH reports no fault")
        func losses() async throws {
            let database = try await PostgresCluster.shared.database()
            try await LiveSite.run(database: database.url) { site in
                let client = try await Client(port: site.port, as: "alice")
                try await client.logIn("alice")
                for number in 0..<20 {
                    try await database.endConnections()
                    #expect(try await client.ask("SIGN x").hasPrefix("250 "))
                    let signUp = try await client.ask("SIGNUP user-\(number) \"correct horse\"")
                    #expect(signUp == "250 2.0.0 user-\(number) signed up, key 1")
                }
                #expect(try await database.run("SELECT count(*) FROM accounts") == "21")
                let check = try await Self.claverod(["check", "--plugins", "keys", "--data-dir", site.dataDirectory])
                #expect(check.output.hasPrefix("healthy: database: ok, "), "\(check.errors)")
                await client.close()
            }
        }

        @Test("The root key is changed while the servers run")
        func rewrap() async throws {
            let database = try await PostgresCluster.shared.database()
            try await LiveSite.run(database: database.url) { site in
                let client = try await Client(port: site.port, as: "alice")
                try await client.logIn("alice")
                let sealed = try await client.ask("ENCRYPT TO=alice attack at dawn").after("250 2.0.0 ")
                let rewrap = ["rewrap", "--database", database.url, site.dataDirectory]
                let done = try await Self.claverod(rewrap)
                #expect(done.status == 0 && done.output.contains("keys wrapped under root key"), "\(done.errors)")
                try await client.expect("250 2.0.0 FROM=alice attack at dawn", to: "DECRYPT \(sealed)")
                #expect(try await Self.claverod(["rewrap", "--retire"] + rewrap.dropFirst()).status == 0)
                try await client.expect("250 2.0.0 FROM=alice attack at dawn", to: "DECRYPT \(sealed)")
                await client.close()
            }
        }

        @Test("An obstacle is reported in one line that shows no secret")
        func refusals() async throws {
            let database = try await PostgresCluster.shared.database()
            let url = database.url
            let directory = try TemporaryDirectory()
            let (data, other) = ("\(directory.path)/data", "\(directory.path)/other")
            let serve = ["--plugins", "keys", "--data-dir", data, "--listen", "127.0.0.1:0", "--database"]

            #expect(try await Self.claverod(["init", "--database", url, data]).status == 0)
            #expect(!FileManager.default.fileExists(atPath: "\(data)/clavero.db"))
            let tools =
                "claverod backup and restore work only with SQLite; use pg_dump(1) and pg_restore(1) for PostgreSQL"
            let cases: [([String], String)] = [
                (["init", "--database", url, other], "\(url): already exists"),
                (["backup", data, other], "\(data)/clavero.db: no such file; \(tools)"),
                (["restore", "--database", url, data, other], "\(url): \(tools)"),
            ]
            for (arguments, reason) in cases {
                let result = try await Self.claverod(arguments)
                #expect(result.status >= 65 && result.errors.lines == ["claverod: \(reason)"], "\(result.errors)")
            }
            #expect(!FileManager.default.fileExists(atPath: other))

            let none = "postgresql://owner@127.0.0.1:1/none"
            let down = try await Self.claverod(serve + [none])
            #expect(down.status == 69 && down.errors.lines.count == 1 && down.errors.hasPrefix("claverod: \(none): "))
            let secret = try await Self.claverod(serve + ["postgresql://alice:hunter2@localhost/clavero"])
            #expect(secret.status == 64 && !secret.errors.contains("hunter2"))
            #expect(
                secret.errors.contains("--database: the URL must not contain a secret; put the password in the file"))
        }
    }
}
