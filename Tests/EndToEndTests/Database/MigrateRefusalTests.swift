import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Refusals of claverod migrate", .serialized)
    struct MigrateRefusals {
        private static func expect(
            _ reason: String, status: Int32? = nil, _ site: MovingSite, _ from: String, _ to: String, _ more: String...
        ) async throws {
            let words = ["migrate", "--from", from, "--to", to] + more
            let result = try await Tools.run(Tools.own("claverod"), words)
            #expect(
                (status.map { result.status == $0 } ?? (result.status >= 65))
                    && result.errors.lines == ["claverod: \(reason)"], "\(result)")
        }

        @Test("A database that a server has open is refused as source and as target")
        func inUse() async throws {
            let site = try await MovingSite()
            let (file, url) = (site.file, site.url)
            let sqlite = "\(file): in use by another process; stop the servers first"
            let postgres = "\(url): in use by a server or another claverod migrate; stop it first"
            try await site.serving { _ in try await Self.expect(sqlite, site, site.data, url) }
            #expect(try await site.database.run("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "0")
            #expect(try await site.migrate(site.data, url).status == 0)
            try await site.serving(database: url) { port in
                try await Self.expect(postgres, site, url, "\(site.directory.path)/copy.db")
                try await Self.expect(postgres, site, file, url)
                let client = try await Client(port: port)
                try await client.logIn("alice")
                await client.close()
            }
            try await site.serving(database: site.database.url("&application_name=keys-1")) { _ in
                try await Self.expect(postgres, site, url, "\(site.directory.path)/copy.db")
            }
            #expect(!FileManager.default.fileExists(atPath: "\(site.directory.path)/copy.db"))
        }

        @Test("The same database as source and target is refused")
        func same() async throws {
            let site = try await MovingSite()
            let link = "\(site.directory.path)/link"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: site.data)
            for (from, to) in [(site.data, site.file), (site.file, link), (site.url, site.url)] {
                try await Self.expect("--from and --to are the same", site, from, to)
            }
        }

        @Test("A target that contains a site or an unfinished copy of another site is refused")
        func taken() async throws {
            let site = try await MovingSite()
            let (file, url) = (site.file, site.url)
            let other = "\(site.directory.path)/other"
            try await LiveSite.makeData(other)
            try await Self.expect(
                "\(other)/clavero.db: contains the data of a site; name an empty database or a new file", site, file,
                other
            )
            #expect(try await Tools.run("/usr/bin/sqlite3", ["\(other)/clavero.db", Self.accounts]).output == "0\n")
            #expect(try await site.migrate(other, url).status == 0)
            try await Self.expect(
                "\(url): contains the data of a site; name an empty database or a new file", site, file, url)
            try await Self.expect(
                "\(url): contains the data of a site; name an empty database or a new file", site, file, url, "--anew")
            try await site.database.run("INSERT INTO site VALUES ('migration', 'another')")
            try await Self.expect(
                "\(url): contains an unfinished migration of another database; use --anew to overwrite it", site, file,
                url)
            #expect(try await site.database.run(Self.accounts) == "0")
            #expect(try await site.migrate(file, url, "--anew").status == 0)
            #expect(try await site.database.run(Self.accounts) == "44")
        }

        private static let accounts = "SELECT count(*) FROM accounts"

        @Test("A missing database and a foreign one are refused")
        func missing() async throws {
            let site = try await MovingSite(count: 1)
            let directory = site.directory.path
            try await Self.expect(
                "/nonexistent: no such file, or it was moved or replaced while in use", site, "/nonexistent", site.url)
            try await Self.expect(
                "\(directory)/clavero.db: no such file, or it was moved or replaced while in use", site, directory,
                site.url)
            try await Self.expect(
                "\(site.data)/token.pub: not a Clavero database, or it is damaged", site, "\(site.data)/token.pub",
                site.url)
            try await Self.expect(
                "\(site.url): it has no tables of Clavero; create them with claverod init --database", site, site.url,
                "\(directory)/copy.db")
            #expect(!FileManager.default.fileExists(atPath: "\(directory)/copy.db"))
            for url in ["postgresql://alice:hunter2@localhost/clavero", "mysql://hunter2@localhost/clavero"] {
                let result = try await site.migrate(site.data, url)
                #expect(result.status == 64 && !result.errors.contains("hunter2") && result.errors.contains("--to: "))
            }
            #expect(try await site.migrate(site.data, site.url, "--batch", "0").status == 64)
        }
    }
}
