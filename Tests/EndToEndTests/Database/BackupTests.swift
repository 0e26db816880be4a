import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("claverod backup and restore while the servers run", .serialized)
    struct Backups {
        private static func claverod(_ arguments: String...) async throws -> Tool.Result {
            let result = try await Tools.run(Tools.own("claverod"), arguments)
            #expect(result.status == 0, "\(result.errors)")
            return result
        }

        /// Signs up one name after another until the task is cancelled.
        private static func signUp(_ stream: Int, _ site: LiveSite, _ told: Gathered) async throws {
            let client = try await Client(port: site.port)
            var number = 0
            defer { told.end() }
            while !Task.isCancelled {
                let name = "s\(stream)-\(number)"
                try await client.expect("250 2.0.0 \(name) signed up, key 1", to: "SIGNUP \(name) \"correct horse\"")
                told.add(name)
                number += 1
            }
            await client.close()
        }

        @Test("A copy made under load is whole and can be restored, and earlier tokens do not become valid again")
        func load() async throws {
            try await LiveSite.run { site in
                let copy = "\(site.directory.path)/copy.db"
                let alice = try await Client(port: site.port, as: "alice")
                let token = try await alice.ask("TOKEN").after("250 2.0.0 ")
                let sealed = try await alice.ask("ENCRYPT attack at dawn").after("250 2.0.0 ")
                let told = Gathered()
                var before: [String] = []
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for stream in 0..<2 { group.addTask { try await Self.signUp(stream, site, told) } }
                    try await told.wait(for: 20)
                    before = told.all
                    _ = try await Self.claverod("backup", site.dataDirectory, copy)
                    try await told.wait(for: told.all.count + 20)
                    group.cancelAll()
                    try await group.waitForAll()
                }
                try await Self.inspect(copy, has: before)
                let last = try await Client(port: site.port, as: "carol")
                #expect(try await alice.ask("PASSWD \"correct horse\" \"battery staple\"").hasPrefix("250 "))

                let said = try await Self.claverod("restore", site.dataDirectory, copy)
                #expect(said.output.contains("All users must log in again."))
                try await alice.expect("530 5.7.1 The log-in has ended; log in again", to: "WHOAMI")
                try await alice.expect("535 5.7.8 The account has ended this token", to: "LOGIN TOKEN=\(token)")
                try await alice.logIn("alice")
                try await alice.expect("250 2.0.0 FROM=alice attack at dawn", to: "DECRYPT \(sealed)")
                for name in before { try await alice.logIn(name) }
                try await last.expect("535 5.7.8 Wrong name or password", to: "LOGIN carol \"correct horse\"")
                // The name is free again, and the token of its first owner is no longer valid.
                try await alice.expect("250 2.0.0 carol signed up, key 1", to: "SIGNUP carol \"battery staple\"")
                try await last.expect("530 5.7.1 The log-in has ended; log in again", to: "WHOAMI")
            }
        }

        /// Checks a copy with sqlite3. The copy must be whole, only its owner may read it, and it must have the
        /// accounts that existed when the backup began.
        private static func inspect(_ copy: String, has names: [String]) async throws {
            let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let sqlite = try Tools.path("sqlite3", package: "sqlite3")
            let check = try await Tools.run(sqlite, ["-readonly", copy, "PRAGMA integrity_check"])
            #expect(check.output.lines == ["ok"])
            let found = try await Tools.run(sqlite, ["-readonly", copy, "SELECT name FROM accounts"]).output.lines
            #expect(Set(names + ["alice"]).isSubset(of: found))
        }

        @Test("A copy from before a rotation of the root key can be restored, used and rewrapped")
        func earlierRootKey() async throws {
            try await LiveSite.run { site in
                let copy = "\(site.directory.path)/copy.db"
                let alice = try await Client(port: site.port, as: "alice")
                let sealed = try await alice.ask("ENCRYPT attack at dawn").after("250 2.0.0 ")
                _ = try await Self.claverod("backup", site.dataDirectory, copy)
                _ = try await Self.claverod("rewrap", site.dataDirectory)
                let said = try await Self.claverod("restore", site.dataDirectory, copy)
                #expect(said.output.contains("keys under an earlier root key: 2; run claverod rewrap"))
                try await alice.expect("250 2.0.0 bob signed up, key 1", to: "SIGNUP bob \"correct horse\"")
                try await alice.logIn("alice")
                try await alice.expect("250 2.0.0 FROM=alice attack at dawn", to: "DECRYPT \(sealed)")
                let rewrap = try await Self.claverod("rewrap", site.dataDirectory)
                #expect(rewrap.output.contains("continuing the earlier"))
                _ = try await Self.claverod("rewrap", "--retire", site.dataDirectory)
                try await alice.expect("250 2.0.0 FROM=alice attack at dawn", to: "DECRYPT \(sealed)")

                // The root key of the copy is now gone, so the restore replaces nothing.
                let lost = try await Tools.run(Tools.own("claverod"), ["restore", site.dataDirectory, copy])
                #expect(lost.status == 65)
                #expect(lost.errors.lines.count == 1, "\(lost)")
                #expect(lost.errors.hasPrefix("claverod: \(copy): its keys are wrapped under a root key that "))
                try await alice.expect("250 2.0.0 FROM=alice attack at dawn", to: "DECRYPT \(sealed)")
            }
        }

        @Test("A backup without accounts is restored only under its own root key, and the old database is kept")
        func withoutAccounts() async throws {
            let directory = try TemporaryDirectory()
            let (data, copy) = ("\(directory.path)/data", "\(directory.path)/copy.db")
            _ = try await Self.claverod("init", data)
            _ = try await Self.claverod("backup", data, copy)
            let said = try await Self.claverod("restore", data, copy)
            let kept = try FileManager.default.contentsOfDirectory(atPath: data).filter {
                $0.contains("before-restore")
            }
            try #require(kept.count == 1)
            #expect(said.output.contains("The previous database is in \(data)/\(kept[0])."))
            _ = try await Self.claverod("rewrap", data)
            _ = try await Self.claverod("rewrap", "--retire", data)
            let names = try FileManager.default.subpathsOfDirectory(atPath: data).sorted()
            let before = try Data(contentsOf: URL(filePath: "\(data)/clavero.db"))
            let refused = try await Tools.run(Tools.own("claverod"), ["restore", data, copy])
            #expect(refused.status == 65)
            #expect(refused.errors.contains("root key that root.key does not contain"), "\(refused)")
            #expect(try Data(contentsOf: URL(filePath: "\(data)/clavero.db")) == before)
            #expect(try FileManager.default.subpathsOfDirectory(atPath: data).sorted() == names)
            // A lost database is made again from a backup.
            _ = try await Self.claverod("backup", data, "\(copy)2")
            try FileManager.default.removeItem(atPath: "\(data)/clavero.db")
            _ = try await Self.claverod("restore", data, "\(copy)2")
            _ = try await Self.claverod("rewrap", data)
        }

        @Test("A database under another root key than that of root.key is not replaced")
        func foreignDatabase() async throws {
            let directory = try TemporaryDirectory()
            let (data, other) = ("\(directory.path)/data", "\(directory.path)/other")
            for site in [data, other] { _ = try await Self.claverod("init", site) }
            _ = try await Self.claverod("backup", data, "\(directory.path)/copy.db")
            let database = URL(filePath: "\(data)/clavero.db")
            try FileManager.default.removeItem(at: database)
            try FileManager.default.copyItem(atPath: "\(other)/clavero.db", toPath: database.path)
            let result = try await Tools.run(Tools.own("claverod"), ["restore", data, "\(directory.path)/copy.db"])
            #expect(result.status == 78)
            #expect(result.errors.hasPrefix("claverod: \(database.path): uses a root key that root.key does not"))
        }

        @Test("An obstacle is reported in one line, and nothing is changed")
        func refusals() async throws {
            let directory = try TemporaryDirectory()
            let (data, copy) = ("\(directory.path)/data", "\(directory.path)/copy.db")
            _ = try await Self.claverod("init", data)
            _ = try await Self.claverod("backup", data, copy)
            let (database, whole) = ("\(data)/clavero.db", try Data(contentsOf: URL(filePath: copy)))
            try whole.prefix(9000).write(to: URL(filePath: "\(directory.path)/cut.db"))
            let link = "\(directory.path)/link"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "nowhere")
            let before = try Data(contentsOf: URL(filePath: database))
            let names = try FileManager.default.subpathsOfDirectory(atPath: directory.path).sorted()
            for (arguments, reason) in [
                (["backup", data, copy], "\(copy): already exists"),
                (["backup", data, "/nonexistent/copy"], "/nonexistent: no such directory; make it first"),
                (["backup", "/nonexistent", "\(copy)2"], "/nonexistent: no such directory"),
                (["backup", data, database], "\(database): already exists"),
                (
                    ["backup", data, "\(database)-wal"],
                    "\(database)-wal: is a file of the database itself; name another file"
                ),
                (["backup", data, link], "\(link): already exists"),
                (["restore", data, "/nonexistent"], "/nonexistent: no such file"),
                (["restore", data, database], "\(database): is the database itself"),
                (["restore", data, "\(data)/token.pub"], "\(data)/token.pub: not a Clavero database"),
                (["restore", data, "\(directory.path)/cut.db"], "\(directory.path)/cut.db: not a Clavero database"),
            ] {
                let result = try await Tools.run(Tools.own("claverod"), arguments)
                #expect(result.status >= 64, "\(arguments)")
                #expect(result.errors.lines.count == 1 && result.errors.hasPrefix("claverod: \(reason)"), "\(result)")
            }
            #expect(try Data(contentsOf: URL(filePath: copy)) == whole)
            #expect(try Data(contentsOf: URL(filePath: database)) == before)
            #expect(try FileManager.default.subpathsOfDirectory(atPath: directory.path).sorted() == names)
        }
    }
}
