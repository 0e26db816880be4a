import Postgres
import Store
import TestKit
import Testing

@Suite(.timeLimit(.minutes(5))) struct PostgresMigrationTests {
    /// Makes the tables what release 1 had.
    private static let release1 = """
        DROP TABLE login_keys, invitations, login_failures, sign_ups, site, mark;
        DROP INDEX account_keys_root_id, account_keys_public;
        ALTER TABLE accounts DROP COLUMN state, DROP COLUMN kind;
        DELETE FROM clavero_migrations WHERE identifier = '2-trust'
        """

    @Test func accountsOfRelease1AreActive() async throws {
        try await withDatabase { database in
            try await database.run(Self.release1)
            try await database.run(
                "INSERT INTO accounts (id, name, password, epoch, created) VALUES (3, 'alice', '$scrypt$', 2, 17)")
            let store = try Store(at: PostgresAddress(database.url), settings: .patient)
            let alice = Account(id: 3, name: "alice", password: "$scrypt$", epoch: 2, created: 17)
            #expect(try await store.account(named: "alice") == alice)
            #expect(try await store.rootKeyID() == nil)
            try await store.close()
        }
    }

    @Test(arguments: 0..<5) func migrationsMayRace(round: Int) async throws {
        try await withDatabase { database in
            try await database.run(Self.release1)
            try await withThrowingTaskGroup { group in
                for number in 0..<4 {
                    group.addTask {
                        let store = try Store(at: PostgresAddress(database.url), settings: .patient)
                        try await store.add(newAccount("user-\(number)"))
                        try await store.close()
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await database.run("SELECT count(*) FROM accounts") == "4")
        }
    }

    /// A table with the name of a new one makes the last step fail.
    @Test func halfIsNotDone() async throws {
        try await withDatabase { database in
            try await database.run(Self.release1 + "; CREATE TABLE site (other TEXT)")
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

    @Test func newerReleasesDatabaseIsLeftAlone() async throws {
        try await withDatabase { database in
            try await database.run("INSERT INTO clavero_migrations VALUES ('9-later')")
            let address = try PostgresAddress(database.url)
            #expect(throws: OpenError(path: database.url, cause: .schemaTooNew)) { try Store(at: address) }
        }
    }

    @Test func oneOfManyCreates() async throws {
        let database = try await PostgresCluster.shared.database()
        let address = try PostgresAddress(database.url)
        let failures = await outcomesOfFour { () throws(OpenError) in try PostgresDriver.create(at: address) }
        #expect(failures.count { $0 == nil } == 1)
        #expect(failures.count { $0?.cause == .exists } == 3)
    }
}
