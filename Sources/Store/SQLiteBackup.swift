import GRDB
import Glibc

/// Copies the file of a SQLite database while others have it open. Blocks.
enum SQLiteBackup {
    private static let settings = SQLiteStore.Settings(searchedSize: .max)

    /// What the database was at one moment, in a single file without a log.
    static func back(up path: String, to copy: String) throws {
        try SQLiteFile.create(copy) { draft in
            try check(path)
            try duplicate(path, into: draft)
        }
    }

    /// Replaces what the database at the path holds in one transaction, or makes it.
    static func restore(_ path: String, from copy: String) throws {
        try check(copy)
        if access(path, F_OK) == 0 {
            try SQLiteFile.withDraft(of: path) { draft in
                try duplicate(copy, into: draft)
                try migrate(draft)
                try replace(path, by: draft)
            }
        } else {
            try SQLiteFile.create(path) { draft in
                try duplicate(copy, into: draft)
                try migrate(draft, executing: SQL.leapEpochs)
            }
        }
    }

    /// The ids of the root keys under which keys in the copy are wrapped.
    static func rootKeyIDs(in copy: String) throws -> Set<String> {
        try check(copy)
        let source = try reader(of: copy)
        defer { try? source.close() }
        return Set(try source.read { try String.fetchAll($0, sql: "SELECT DISTINCT root_id FROM account_keys") })
    }

    /// Searches all of what is to be copied for damage, and throws with its path.
    private static func check(_ path: String) throws(OpenError) {
        do {
            guard access(path, R_OK) == 0 else { throw StoreError(errno: errno) }
            try SQLiteFile.inspect(path, settings: settings)
        } catch {
            throw OpenError(path: path, cause: StoreError(error))
        }
    }

    private static func duplicate(_ path: String, into draft: String) throws {
        let source = try reader(of: path)
        let target = try DatabaseQueue(path: draft)
        try source.backup(to: target)
        try target.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
        try target.close()
        try source.close()
    }

    private static func reader(of path: String) throws -> DatabaseQueue {
        var configuration = SQLiteFile.configuration(settings)
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    private static func migrate(_ draft: String, executing sql: String = "") throws {
        let queue = try DatabaseQueue(path: draft)
        try SQLiteFile.migrate(queue)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    /// Not by SQLite's backup into the open database: between a look at its epochs and that copy, another might come.
    private static func replace(_ path: String, by draft: String) throws {
        let (pool, files) = try SQLiteFile.open(path, settings: settings)
        try pool.writeWithoutTransaction { database in
            try database.execute(sql: "ATTACH ? AS copy", arguments: [draft])
            try database.inTransaction(.immediate) {
                try database.execute(sql: SQL.raiseEpochs)
                let tables = try String.fetchAll(database, sql: SQL.tables).map(\.quotedDatabaseIdentifier)
                for table in tables.reversed() { try database.execute(sql: "DELETE FROM main.\(table)") }
                for table in tables {
                    try database.execute(sql: "INSERT INTO main.\(table) SELECT * FROM copy.\(table)")
                }
                return .commit
            }
            try database.execute(sql: "DETACH copy")
        }
        try files.check()
        try pool.close()
    }
}

/// The copy is brought up to date before any of these runs.
private enum SQL {
    /// Every table but the list of migrations, which is the same on both sides. Each refers only to those before it.
    static let tables = """
        SELECT name FROM main.sqlite_master
        WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'grdb_migrations'
        ORDER BY rowid
        """
    /// Above what was given out to the name here or there; and what is given out to a new account, above all of them.
    static let raiseEpochs = """
        UPDATE copy.accounts AS a SET epoch = 1 +
            max(epoch, coalesce((SELECT epoch FROM main.accounts b WHERE b.name = a.name), 0));
        INSERT INTO copy.site (name, value)
            SELECT 'first-epoch', coalesce(max(epoch), 0) FROM (
                SELECT 1 + epoch AS epoch FROM main.accounts UNION ALL SELECT 1 + epoch FROM copy.accounts
                UNION ALL SELECT CAST(value AS INTEGER) FROM main.site WHERE name = 'first-epoch'
                UNION ALL SELECT CAST(value AS INTEGER) FROM copy.site WHERE name = 'first-epoch')
            WHERE true
            ON CONFLICT (name) DO UPDATE SET value = excluded.value;
        """
    /// What was given out since the copy was made is not known: nobody raises an epoch as often as this.
    static let leapEpochs = """
        UPDATE accounts SET epoch = epoch + 1048576;
        INSERT INTO site (name, value)
            SELECT 'first-epoch', coalesce(max(epoch), 0) FROM (
                SELECT 1048576 AS epoch UNION ALL SELECT 1 + epoch FROM accounts
                UNION ALL SELECT 1048576 + CAST(value AS INTEGER) FROM site WHERE name = 'first-epoch')
            WHERE true
            ON CONFLICT (name) DO UPDATE SET value = excluded.value;
        """
}
