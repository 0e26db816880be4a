import Foundation
import Postgres
import TestKit
import Testing

@testable import Store

@Suite("Copying a site between databases", .timeLimit(.minutes(5))) struct SiteDatabaseTests {
    /// Runs the body with a database into which a site can be copied. It has the tables, and they are empty.
    private func withTarget(
        on engine: Engine, _ body: (SiteDatabase, TestDatabase) async throws -> Void
    ) async throws {
        switch engine {
        case .sqlite:
            try await withDirectory { directory in
                let path = directory + "/clavero.db"
                try await body(SiteDatabase(target: path, from: "root-1"), TestDatabase(file: path))
            }
        case .postgres:
            let database = try await PostgresCluster.shared.database()
            try await body(
                SiteDatabase(target: PostgresAddress(database.url)), TestDatabase(database: database))
        }
    }

    private func table(_ name: String) throws -> SiteTable { try #require(SiteTable.all.first { $0.name == name }) }

    /// Returns a row with these values. All other columns have zero, an empty text or no bytes.
    private func row(of table: SiteTable, _ values: [String: SQLValue]) -> SiteRow {
        table.columns.map { column in
            if let value = values[column.name] { return value }
            return switch column.kind {
            case .integer: .integer(0)
            case .text: .text("")
            case .bytes: .bytes([])
            }
        }
    }

    private func all(of table: SiteTable, in database: SiteDatabase, after key: [SQLValue]? = nil) throws
        -> [SiteRow]
    {
        var all: [SiteRow] = []
        try database.rows(of: table, after: key, batch: 2) { rows in
            #expect(1...2 ~= rows.count)
            all += rows
        }
        return all
    }

    /// A table or a column that is added to the schema must also be added to the list of those that are copied. The
    /// mark is not copied, because it belongs to one database only.
    @Test("The list of columns to copy matches the schema, apart from the mark and the migrations")
    func everyTableAndColumnIsCopied() async throws {
        let listed = SiteTable.all.flatMap { table in table.columns.map { "\(table.name).\($0.name)" } }
        try await withStore { _, path in
            let other = try OtherProgram(path)
            let columns = try await other.value(
                """
                SELECT group_concat(m.name || '.' || c.name) FROM sqlite_master m, pragma_table_info(m.name) c \
                WHERE m.type = 'table' AND m.name NOT IN ('grdb_migrations', 'mark')
                """)
            #expect(Set(columns.trimming("'").split(separator: ",").map(String.init)) == Set(listed))
            try await other.end()
        }
        try await withDatabase { database in
            let tables = SiteTable.all.map { "'\($0.name)'" }.joined(separator: ", ")
            let columns = try await database.run(
                """
                SELECT table_name || '.' || column_name FROM information_schema.columns
                WHERE table_schema = current_schema() AND table_name IN (\(tables))
                """)
            #expect(Set(columns.split(separator: "\n").map(String.init)) == Set(listed))
        }
    }

    @Test("Rows are read in the order of their bytes, and reading can start after any key", arguments: Engine.allCases)
    func rowsAreOrderedByBytesAndFoundAgain(on engine: Engine) async throws {
        try await withTarget(on: engine) { site, _ in
            let failures = try table("login_failures")
            let rows = ["A", "Z", "a", "a-b", "ab", "z", "Ä", "ä", "ö"].map { name -> SiteRow in
                [.text(name), .text("::/64"), .integer(.max), .integer(.min)]
            }
            try site.insert(rows.reversed(), into: failures)
            #expect(try all(of: failures, in: site) == rows)
            #expect(try site.lastKey(of: failures) == [.text("ö"), .text("::/64")])
            #expect(try all(of: failures, in: site, after: [.text("ab"), .text("::/64")]) == Array(rows[5...]))
            #expect(try all(of: failures, in: site, after: [.text("ab"), .text("::/63")]) == Array(rows[4...]))
            #expect(try site.count(of: failures) == rows.count)
            #expect(try site.lastKey(of: table("accounts")) == nil)

            let keys = try table("account_keys")
            let accounts = try table("accounts")
            try site.insert([row(of: accounts, ["id": .integer(-1), "name": .text("a")])], into: accounts)
            let versions = ["encryption", "signing"].flatMap { purpose in
                [Int64(0), 1, 4_294_967_295].map { version -> SiteRow in
                    let publicKey: SQLValue = purpose == "signing" ? .bytes([0, 255]) : .null
                    return row(
                        of: keys,
                        [
                            "account_id": .integer(-1), "purpose": .text(purpose), "version": .integer(version),
                            "public": publicKey,
                        ])
                }
            }
            try site.insert(versions.reversed(), into: keys)
            #expect(try all(of: keys, in: site) == versions)
            #expect(try all(of: keys, in: site, after: Array(versions[3].prefix(3))) == Array(versions[4...]))
        }
    }

    @Test("A batch of rows is inserted completely or not at all", arguments: Engine.allCases)
    func batchIsAllOrNothing(on engine: Engine) async throws {
        try await withTarget(on: engine) { site, database in
            let invitations = try table("invitations")
            let row = { (digest: UInt8) -> SiteRow in [.bytes([digest]), .integer(1), .integer(2)] }
            try site.insert([row(1)], into: invitations)
            #expect(throws: OpenError.self) { try site.insert([row(2), row(1)], into: invitations) }
            #expect(try all(of: invitations, in: site) == [row(1)])
        }
    }

    @Test("An unfinished copy names its origin, and a PostgreSQL store refuses to open it", arguments: Engine.allCases)
    func markKeepsServersOut(on engine: Engine) async throws {
        try await withTarget(on: engine) { site, database in
            if engine == .postgres { #expect(try site.begin(from: "root-1")) }
            #expect(try site.origin() == "root-1")
            let accounts = try table("accounts")
            try site.insert([row(of: accounts, ["name": .text("alice")])], into: accounts)
            try site.insert([[.text("root-key"), .text("root-1")]], into: table("site"))
            #expect(try site.count(of: table("site")) == 1)
            if engine == .postgres {
                let error = #expect(throws: OpenError.self) { try database.open() }
                #expect(error?.cause == .unfinished)
            }
            try site.finish()
            #expect(try site.origin() == nil)
            #expect(try site.begin(from: "root-1") == false)
            #expect(try site.origin() == nil && site.rootKeyID() == "root-1")
            try site.beginAnew(from: "root-2")
            #expect(try site.origin() == "root-2" && site.count(of: accounts) == 0)
            try site.finish()
            #expect(try site.rootKeyID() == nil)
        }
    }
}

extension String {
    fileprivate func trimming(_ characters: String) -> String {
        trimmingCharacters(in: CharacterSet(charactersIn: characters))
    }
}
