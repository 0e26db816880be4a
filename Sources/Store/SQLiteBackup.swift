import Foundation
import GRDB

/// Copies the file of a SQLite database while others have it open. Blocks.
enum SQLiteBackup {
    private static let settings = SQLiteStore.Settings(searchedSize: .max)

    /// What the database was at one moment, in a single file without a log.
    static func back(up path: String, to copy: String) throws {
        guard !isPart(copy, of: path) else {
            throw StoreError.failed("is the database's own; name a file elsewhere")
        }
        try SQLiteFile.create(copy) { draft in
            try check(path)
            defer { tidy(path) }
            try duplicate(path, into: draft)
        }
    }

    typealias Accept = (_ copy: BackupKeys, _ replacedRootID: String?) throws -> String

    /// Replaces what the database at the path holds in one transaction, or makes it. Returns where the database is kept
    /// that was replaced.
    static func restore(
        _ path: String, from copy: String, for readers: SQLiteStore.Access, _ accept: Accept
    ) throws -> String? {
        try check(copy)
        guard access(path, F_OK) == 0 else {
            try SQLiteFile.create(path, for: readers) { draft in
                try prepare(draft, from: copy) { try accept($0, nil) }
                try change(draft, SQL.leapEpochs)
            }
            return nil
        }
        return try SQLiteFile.withDraft(of: path) { draft in
            try prepare(draft, from: copy) { try accept($0, try rootKeyID(of: path)) }
            return try replace(path, by: draft)
        }
    }

    /// Whether a path is that of one of the files that SQLite has beside a database.
    private static func isPart(_ copy: String, of path: String) -> Bool {
        let (copy, path) = (URL(filePath: copy), URL(filePath: path).resolvingSymlinksInPath())
        let folder = copy.deletingLastPathComponent().resolvingSymlinksInPath()
        return folder == path.deletingLastPathComponent()
            && ["-wal", "-shm", "-journal"].contains { copy.lastPathComponent == path.lastPathComponent + $0 }
    }

    /// Makes a draft of what is restored: the copy, searched for damage, brought up to date and accepted, which names the
    /// root key that `accept` returns.
    private static func prepare(
        _ draft: String, from copy: String, _ accept: (BackupKeys) throws -> String
    ) throws {
        do {
            try duplicate(copy, into: draft)
            try change(draft, "")
            try SQLiteFile.requireWhole(draft)
        } catch {
            throw OpenError(path: copy, cause: StoreError(error))
        }
        let queue = try DatabaseQueue(path: draft)
        let rootID = try queue.read { try accept(BackupKeys($0)) }
        try queue.write { try $0.execute(sql: SQL.nameRootKey, arguments: [rootID]) }
        try queue.close()
    }

    /// Removes the log and its index, which a connection that only reads makes and leaves there, unless others have the
    /// database open.
    private static func tidy(_ path: String) {
        guard let queue = try? DatabaseQueue(path: path) else { return }
        _ = try? queue.read { try $0.tableExists("accounts") }
        try? queue.close()
    }

    private static func rootKeyID(of path: String) throws -> String? {
        try check(path)
        defer { tidy(path) }
        let source = try reader(of: path)
        defer { try? source.close() }
        return try source.read { try $0.tableExists("site") ? SQLiteStore.rootKeyID(in: $0) : nil }
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

    /// Brings a draft up to date, and then changes it.
    private static func change(_ draft: String, _ sql: String) throws {
        let queue = try DatabaseQueue(path: draft)
        try SQLiteFile.migrate(queue)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    /// Not by SQLite's backup into the open database: between a look at its epochs and that copy, another might come.
    ///
    /// Returns where a copy of the replaced database is: it was made when nobody else could write to it any more.
    private static func replace(_ path: String, by draft: String) throws -> String {
        let (pool, files) = try SQLiteFile.open(path, settings: settings)
        var kept = ""
        try pool.writeWithoutTransaction { database in
            try database.execute(sql: "ATTACH ? AS copy", arguments: [draft])
            try database.inTransaction(.immediate) {
                kept = try keep(path)
                do {
                    try replaceRows(in: database)
                } catch {
                    unlink(kept)
                    throw error
                }
                return .commit
            }
            try database.execute(sql: "DETACH copy")
        }
        try files.check()
        try pool.close()
        return kept
    }

    private static func replaceRows(in database: Database) throws {
        try database.execute(sql: SQL.raiseEpochs)
        let tables = try String.fetchAll(database, sql: SQL.tables).map(\.quotedDatabaseIdentifier)
        for table in tables.reversed() { try database.execute(sql: "DELETE FROM main.\(table)") }
        for table in tables {
            try database.execute(sql: "INSERT INTO main.\(table) SELECT * FROM copy.\(table)")
        }
        try SQLiteStore.renewMark(in: database)
    }

    /// Copies the database into a new file beside it, which is named after this second.
    private static func keep(_ path: String) throws -> String {
        let time = Date().ISO8601Format().filter { $0 != ":" && $0 != "-" }
        let name = "\(path).before-restore-\(time)"
        for suffix in [""] + (2...100).map({ "-\($0)" }) {
            do {
                try SQLiteFile.create(name + suffix) { try duplicate(path, into: $0) }
                return name + suffix
            } catch StoreError.exists {
                continue
            }
        }
        throw OpenError(path: name, cause: .exists)
    }
}

/// The copy is brought up to date before any of these runs.
private enum SQL {
    static let nameRootKey = "UPDATE site SET value = ? WHERE name = 'root-key'"
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
