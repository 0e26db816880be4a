import Postgres
import Store
import TestKit
import Testing

@Suite("Migrations on PostgreSQL", .timeLimit(.minutes(5))) struct PostgresMigrationTests {
    /// An existing table has the name of a new table, so the last step of the migration fails.
    @Test("A migration that fails in its last step changes nothing")
    func halfIsNotDone() async throws {
        try await withDatabase { database in
            try await database.run(FirstMigration.postgres + "; CREATE TABLE site (other TEXT)")
            let address = try PostgresAddress(database.url)
            let error = #expect(throws: OpenError.self) { try Store(at: address) }
            #expect(error.map { "\($0)".hasSuffix("relation \"site\" already exists") } == true)
            let columns = try await database.run(
                """
                SELECT count(*) FROM information_schema.columns
                WHERE table_name = 'accounts' AND column_name = 'state'
                """)
            #expect(columns == "0")
            try await database.run("DROP TABLE site")
            try await Store(at: address).close()
        }
    }
}
