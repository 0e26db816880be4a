import Store

/// Makes the tables in a PostgreSQL database, and brings them up to date.
enum PostgresSchema {
    /// Those of every store, with what this one has beyond them. Where there is no root key yet, its row says so: then
    /// whoever adds a key and whoever sets the root key meet on that row.
    private static let migrations =
        Schema.migrations(in: .postgres).map { migration in
            (name: migration.name, sql: migration.sql + (additions[migration.name] ?? ""))
        }

    private static let additions = [
        "1-accounts": """
        CREATE TABLE writes (
            id BYTEA PRIMARY KEY,
            committed BOOLEAN NOT NULL,
            made TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP
        );
        CREATE INDEX writes_made ON writes (made);
        """,
        "2-trust": "INSERT INTO site (name, value) VALUES ('root-key', '');",
    ]

    /// - Throws: `.exists` when the tables are there, or others of the same names.
    static func create(on connection: PostgresConnection) throws {
        try checkEncoding(on: connection)
        guard try !isThere(on: connection) else { throw StoreError.exists }
        do {
            try inTransaction(on: connection) {
                try connection.run(script: SQL.create)
                try run(migrations, on: connection)
            }
        } catch PostgresFailure.refused(let code, _) where ["42P07", "23505"].contains(code) {
            // Of two who create at the same time one finds what the other made.
            throw StoreError.exists
        }
    }

    /// Runs the migrations that the database has not had: all or none. Of several servers that do it at the same time
    /// one does, and the others wait for it.
    ///
    /// - Throws: `.schemaTooNew`; `.failed` where there are no tables of ours.
    static func update(on connection: PostgresConnection) throws {
        try checkEncoding(on: connection)
        guard try isThere(on: connection) else {
            throw StoreError.failed("no tables of Clavero in it; claverod init --database makes them")
        }
        guard try !missing(on: connection).isEmpty else { return }
        try inTransaction(on: connection) {
            _ = try connection.execute(SQL.lock)
            try run(try missing(on: connection), on: connection)
        }
    }

    /// - Throws: `.unfinished` where a site is still being copied into them.
    static func requireFinished(on connection: PostgresConnection) throws {
        guard try connection.execute(CopyMark.find).first == nil else { throw StoreError.unfinished }
    }

    private static func missing(on connection: PostgresConnection) throws -> [(name: String, sql: String)] {
        let done = Set(try connection.execute(SQL.done).rows.map { row in try row.value { $0.text(0) } })
        guard done.isSubset(of: migrations.map { $0.name }) else { throw StoreError.schemaTooNew }
        guard done.contains(migrations[0].name) else { throw StoreError.corrupt }
        return migrations.filter { !done.contains($0.name) }
    }

    private static func run(_ migrations: [(name: String, sql: String)], on connection: PostgresConnection) throws {
        for migration in migrations {
            try connection.run(script: migration.sql)
            _ = try connection.execute(SQL.record, [.text(migration.name)])
        }
    }

    private static func isThere(on connection: PostgresConnection) throws(PostgresFailure) -> Bool {
        do throws(PostgresFailure) {
            _ = try connection.execute(SQL.done)
            return true
        } catch .refused("42P01", _) {
            return false
        }
    }

    /// In another encoding a name may be one that cannot be stored.
    private static func checkEncoding(on connection: PostgresConnection) throws {
        guard let encoding = try connection.execute("SHOW server_encoding").first?.text(0), encoding != "UTF8" else {
            return
        }
        throw StoreError.failed("its encoding is \(encoding), where UTF8 is needed")
    }

    private static func inTransaction(on connection: PostgresConnection, _ work: () throws -> Void) throws {
        _ = try connection.execute("BEGIN")
        do {
            try work()
        } catch {
            _ = try? connection.execute("ROLLBACK")
            throw error
        }
        _ = try connection.execute("COMMIT")
    }

    private enum SQL {
        static let create = "CREATE TABLE clavero_migrations (identifier TEXT PRIMARY KEY)"
        static let done = "SELECT identifier FROM clavero_migrations"
        static let lock = "SELECT identifier FROM clavero_migrations WHERE identifier = '1-accounts' FOR UPDATE"
        static let record = "INSERT INTO clavero_migrations (identifier) VALUES ($1)"
    }
}
