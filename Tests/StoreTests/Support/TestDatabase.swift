import Postgres
import Store
import TestKit
import Testing

/// The database of a test's store.
struct TestDatabase: Sendable {
    private enum Kind {
        case file(String)
        case database(PostgresDatabase)
    }

    private let kind: Kind

    init(file path: String) { kind = .file(path) }
    init(database: PostgresDatabase) { kind = .database(database) }

    /// Returns another store on the same database.
    func open() throws -> Store {
        switch kind {
        case .file(let path): try Store(file: path)
        case .database(let database): try Store(at: PostgresAddress(database.url), settings: .patient)
        }
    }

    /// The name that errors have for the database: the path or the URL.
    var name: String {
        switch kind {
        case .file(let path): path
        case .database(let database): database.url
        }
    }

    /// Makes the database.
    func create() throws(OpenError) {
        switch kind {
        case .file(let path): try SQLiteFile.create(at: path)
        case .database(let database):
            let address: PostgresAddress
            do throws(StoreError) {
                address = try PostgresAddress(database.url)
            } catch {
                throw OpenError(path: database.url, cause: error)
            }
            try PostgresDriver.create(at: address)
        }
    }

    /// Makes the database as the first migration left it.
    func createFirstMigration() async throws {
        switch kind {
        case .file(let path): try await FirstMigration.make(at: path)
        case .database(let database):
            try create()
            try await database.run(FirstMigration.postgres)
        }
    }

    /// Returns the database, opened to copy a site from it.
    func source() throws -> SiteDatabase {
        switch kind {
        case .file(let path): try SiteDatabase(source: path)
        case .database(let database): try SiteDatabase(source: PostgresAddress(database.url))
        }
    }

    /// Returns the database, opened to copy a site into it.
    func target(from origin: String) throws -> SiteDatabase {
        switch kind {
        case .file(let path): try SiteDatabase(target: path, from: origin)
        case .database(let database): try SiteDatabase(target: PostgresAddress(database.url))
        }
    }

    /// Runs a statement in another program.
    func change(_ sql: String) async throws {
        switch kind {
        case .file(let path): try await execute(sql, on: path)
        case .database(let database): try await database.run(sql)
        }
    }

    /// Returns the number of rows of a table, as another program sees them.
    func count(_ table: String) async throws -> Int {
        switch kind {
        case .file(let path): try await StoreTests.count(table, in: path)
        case .database(let database): Int(try await database.run("SELECT count(*) FROM \(table)")) ?? -1
        }
    }

    /// Makes the database refuse statements of a kind for the account `bomb`. The error contains the word `bang`.
    func refuse(_ event: String) async throws {
        switch kind {
        case .file(let path):
            try await execute(
                """
                CREATE TRIGGER bomb BEFORE \(event) ON account_keys
                WHEN (SELECT name FROM accounts WHERE id = NEW.account_id) = 'bomb'
                BEGIN SELECT RAISE(ABORT, 'bang'); END
                """, on: path)
        case .database(let database):
            try await database.run(
                """
                CREATE FUNCTION bomb() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF (SELECT name FROM accounts WHERE id = NEW.account_id) = 'bomb' THEN RAISE 'bang'; END IF;
                RETURN NEW; END $$;
                CREATE TRIGGER bomb BEFORE \(event) ON account_keys FOR EACH ROW EXECUTE FUNCTION bomb()
                """)
        }
    }
}

/// Runs the body with a database of an engine. The database is not created yet.
func withDatabase(on engine: Engine, _ body: (TestDatabase) async throws -> Void) async throws {
    switch engine {
    case .sqlite: try await withDirectory { try await body(TestDatabase(file: $0 + "/clavero.db")) }
    case .postgres: try await body(TestDatabase(database: PostgresCluster.shared.database()))
    }
}

/// Runs the body with a new database of an engine, and with a store on it, which is closed when the body ends.
func withStore(on engine: Engine, _ body: (Store, TestDatabase) async throws -> Void) async throws {
    switch engine {
    case .sqlite: try await withStore { store, path in try await body(store, TestDatabase(file: path)) }
    case .postgres:
        try await withDatabase(PostgresCluster.shared.schema()) { database in
            let store = try Store(at: PostgresAddress(database.url), settings: .patient)
            try await body(store, TestDatabase(database: database))
            try await store.close()
        }
    }
}

/// Runs the body with a new PostgreSQL database that has the tables.
func withDatabase(_ body: (PostgresDatabase) async throws -> Void) async throws {
    try await withDatabase(PostgresCluster.shared.database(), body)
}

private func withDatabase(
    _ database: PostgresDatabase, _ body: (PostgresDatabase) async throws -> Void
) async throws {
    try PostgresDriver.create(at: PostgresAddress(database.url))
    try await body(database)
}

extension PostgresDriver.Settings {
    /// The settings for tests that run beside many others.
    static let patient = Self(statementTimeout: .seconds(60), patience: .seconds(60))
}

/// Returns the reason for which a database cannot be opened: one line, which begins with the URL.
func reason(opening url: String) throws -> String {
    let address = try PostgresAddress(url)
    let error = #expect(throws: OpenError.self) { try Store(at: address) }
    let reason = try #require(error.map { "\($0)" })
    #expect(reason.hasPrefix("\(url): ") && !reason.contains("\n"))
    return reason
}
