import Store
import TestKit
import Testing

@Suite("Creating and migrating the schema", .timeLimit(.minutes(5))) struct MigrationTests {
    @Test("Accounts from the first schema become active accounts of persons", arguments: Engine.allCases)
    func accountsOfTheFirstMigrationAreActivePersons(on engine: Engine) async throws {
        try await withDatabase(on: engine) { database in
            try await database.createFirstMigration()
            let store = try database.open()
            let alice = Account(
                id: 3, name: "alice", password: "$scrypt$of-alice", epoch: 2, created: 1_700_000_000, state: .active,
                kind: .person)
            #expect(try await store.accounts(after: nil, limit: 9).map(\.name) == ["alice", "bob"])
            #expect(try await store.account(named: "alice") == alice)
            #expect(try await store.key(of: "alice", purpose: .encryption, version: 1) == key(of: "alice"))
            #expect(try await store.rootKeyID() == nil)
            #expect(try await store.setState(.disabled, of: "bob"))
            try await store.add(newAccount("carol"))
            try await store.close()
        }
    }

    @Test("Four stores that migrate a database at the same time all succeed", arguments: Engine.allCases, 0..<5)
    func migrationsMayRace(on engine: Engine, round: Int) async throws {
        try await withDatabase(on: engine) { database in
            try await database.createFirstMigration()
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        let store = try database.open()
                        _ = try await store.recordLogInFailure(of: "alice", from: "net", at: 1, forgetting: 0)
                        try await store.close()
                    }
                }
                try await group.waitForAll()
            }
            let store = try database.open()
            #expect(try await store.logInFailures(of: "alice", from: "net")?.count == 4)
            try await store.close()
        }
    }

    @Test("A database of a newer release is refused as too new", arguments: Engine.allCases)
    func databaseOfANewerReleaseIsLeftAlone(on engine: Engine) async throws {
        try await withDatabase(on: engine) { database in
            try database.create()
            let table = engine == .sqlite ? "grdb_migrations" : "clavero_migrations"
            try await database.change("INSERT INTO \(table) VALUES ('999-future')")
            #expect(throws: OpenError(path: database.name, cause: .schemaTooNew)) { try database.open() }
        }
    }

    @Test("Of four simultaneous attempts to create a database, one succeeds", arguments: Engine.allCases)
    func oneOfManyCreates(on engine: Engine) async throws {
        try await withDatabase(on: engine) { database in
            let failures = await outcomesOfFour { () throws(OpenError) in try database.create() }
            #expect(failures.count { $0 == nil } == 1)
            #expect(failures.count { $0?.cause == .exists } == 3)
        }
    }

    @Test(
        "The schema refuses missing values and references to unknown accounts",
        arguments: Engine.allCases,
        [
            "UPDATE accounts SET kind = NULL", "INSERT INTO site VALUES ('root-key', NULL)",
            "INSERT INTO login_keys (account_id, public, algorithm, comment, created) SELECT 99, public, '', '', 0 FROM "
                + "account_keys",
            "UPDATE account_keys SET account_id = 99",
        ])
    func schemaRefuses(on engine: Engine, sql: String) async throws {
        try await withStore(on: engine) { store, database in
            try await store.add(newAccount("alice"))
            await #expect(throws: (any Error).self) { try await database.change(sql) }
        }
    }
}
