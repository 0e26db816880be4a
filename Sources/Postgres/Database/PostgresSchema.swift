import Store

/// Makes the tables in a PostgreSQL database, and brings them up to date.
enum PostgresSchema {
    /// The migrations of every engine, and the additions for this one.
    private static let migrations = Schema.migrations.map { migration in
        (name: migration.name, sql: migration.text.postgres + (additions[migration.name] ?? ""))
    }

    /// Makes the table of ``CommitMark``, which only this engine has.
    private static let additions = [
        "1-accounts": """
        CREATE TABLE writes (
            id BYTEA PRIMARY KEY,
            committed BOOLEAN NOT NULL,
            made TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP
        );
        CREATE INDEX writes_made ON writes (made);
        """
    ]

    /// - Throws: `.exists` if the tables are there, or others of the same names.
    static func create(on connection: PostgresConnection) throws {
        try checkEncoding(on: connection)
        guard try !isThere(on: connection) else { throw StoreError.exists }
        do {
            try connection.transaction("BEGIN") {
                try connection.run(script: SQL.create)
                try run(migrations, on: connection)
            }
        } catch PostgresFailure.refused(let code, _) where ["42P07", "23505"].contains(code) {
            // If two create at the same time, one of them finds what the other made.
            throw StoreError.exists
        }
    }

    /// Runs the migrations that the database has not had: all or none. Of several servers that do it at the same time
    /// one does, and the others wait for it.
    /// - Throws: `.schemaTooNew`; `.failed` if there are no tables of ours.
    static func update(on connection: PostgresConnection) throws {
        try checkEncoding(on: connection)
        guard try isThere(on: connection) else {
            throw StoreError.failed("it has no tables of Clavero; create them with claverod init --database")
        }
        guard try !missing(on: connection).isEmpty else { return }
        try connection.transaction("BEGIN") {
            _ = try connection.execute(SQL.lock)
            try run(try missing(on: connection), on: connection)
        }
    }

    /// - Throws: `.unfinished` if a site is still being copied into the tables.
    static func requireFinished(on connection: PostgresConnection) throws {
        guard try CopyMark.origin(on: connection) == nil else { throw StoreError.unfinished }
    }

    private static func missing(on connection: PostgresConnection) throws -> [(name: String, sql: String)] {
        let done = Set(try connection.execute(SQL.done).rows.map { row in try row.value(0) as String })
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

    /// Refuses a database in another encoding, which could not store every name.
    private static func checkEncoding(on connection: PostgresConnection) throws {
        guard let encoding = try connection.execute("SHOW server_encoding").first?.text(0), encoding != "UTF8" else {
            return
        }
        throw StoreError.failed("its encoding is \(encoding), but UTF8 is needed")
    }

    private enum SQL {
        static let create = "CREATE TABLE clavero_migrations (identifier TEXT PRIMARY KEY)"
        static let done = "SELECT identifier FROM clavero_migrations"
        static let lock = "SELECT identifier FROM clavero_migrations WHERE identifier = '1-accounts' FOR UPDATE"
        static let record = "INSERT INTO clavero_migrations (identifier) VALUES ($1)"
    }
}
