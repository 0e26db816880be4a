import GRDB
import Glibc

extension SQLiteStore {
    /// Who may open a database that is made.
    package enum Access: Sendable {
        case owner
        /// The owner, and the group of the file, which the directory decides.
        case group
    }
}

/// Creates and opens the file of a SQLite database.
enum SQLiteFile {
    /// Marks our files in SQLite's header, so that no other program's database is taken for one ("clav").
    static let applicationID: Int32 = 0x636c_6176

    private static let migrator = Schema.migrations(in: .sqlite).reduce(into: DatabaseMigrator()) { migrator, step in
        migrator.registerMigration(step.name, foreignKeyChecks: .immediate) { try $0.execute(sql: step.sql) }
    }

    // MARK: - Open

    /// Returns the open database and the identity of its files. Blocks.
    static func open(_ path: String, settings: SQLiteStore.Settings) throws -> (DatabasePool, OpenFiles) {
        let path = try absolute(path)
        let identity = try FileIdentity(of: path)
        try checkAccess(path)
        try inspect(path, settings: settings)

        let pool = try DatabasePool(path: path, configuration: configuration(settings))
        // SQLite would have made a new file, had this one gone away in the meantime.
        guard try FileIdentity(of: path) == identity else { throw StoreError.missing }
        try pool.writeWithoutTransaction { database in
            // GRDB sets NORMAL, which may lose acknowledged commits when the power fails.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // What is deleted is written over.
            try database.execute(sql: "PRAGMA secure_delete = ON")
            // A log that was long once is cut when SQLite begins it anew.
            try database.execute(sql: "PRAGMA journal_size_limit = \(WriteAheadLog.usualSize)")
        }
        try migrate(pool)
        return (pool, try OpenFiles(of: path))
    }

    /// Symbolic links are resolved: SQLite keeps the log beside the file itself.
    private static func absolute(_ path: String) throws(StoreError) -> String {
        guard let resolved = realpath(path, nil) else { throw StoreError(errno: errno) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// SQLite opens what it cannot write to for reading only, without a word. Nothing is opened here: closing a file
    /// gives up every lock that the process has on it.
    private static func checkAccess(_ path: String) throws(StoreError) {
        guard access(path, R_OK) == 0 else { throw StoreError(errno: errno) }
        for written in [path, directory(of: path)] where access(written, W_OK) != 0 {
            throw .readOnly
        }
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Refuses what is not ours before anything is written to it, and what is copied into, unless that is what is looked
    /// for.
    static func inspect(_ path: String, settings: SQLiteStore.Settings, unfinished: Bool = false) throws {
        var configuration = configuration(settings)
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.read { database in
            guard try Int32.fetchOne(database, sql: "PRAGMA application_id") == applicationID else {
                throw StoreError.corrupt
            }
            guard try !migrator.hasBeenSuperseded(database) else { throw StoreError.schemaTooNew }
            guard try unfinished || !isMarked(database) else { throw StoreError.unfinished }
            let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            let pageSize = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 0
            guard pages * pageSize <= settings.searchedSize else { return }
            guard try String.fetchOne(database, sql: "PRAGMA quick_check(1)") == "ok" else { throw StoreError.corrupt }
        }
        try queue.close()
    }

    /// - Throws: `.corrupt` for a database that is damaged, whose rows refer to none, or whose tables are not those that
    ///   this release makes.
    static func requireWhole(_ path: String) throws {
        let fresh = try DatabaseQueue()
        try migrator.migrate(fresh)
        let queue = try DatabaseQueue(path: path)
        let isWhole = try queue.read { database in
            try String.fetchOne(database, sql: "PRAGMA integrity_check(1)") == "ok"
                && Row.fetchOne(database, sql: "PRAGMA foreign_key_check") == nil
                && tables(in: database) == fresh.read(tables)
        }
        try queue.close()
        guard isWhole else { throw StoreError.corrupt }
    }

    /// The definitions of the tables and of all else that a database has, without their white space.
    private static func tables(in database: Database) throws -> [String] {
        let sql =
            "SELECT type || ' ' || name || ' ' || sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"
        return try String.fetchAll(database, sql: sql).map { $0.filter { !$0.isWhitespace } }
    }

    /// A database of release 1 has no table for the mark.
    private static func isMarked(_ database: Database) throws -> Bool {
        guard try database.tableExists("site") else { return false }
        return try String.fetchOne(database, sql: CopyMark.find) != nil
    }

    static func configuration(_ settings: SQLiteStore.Settings) -> Configuration {
        var configuration = Configuration()
        configuration.label = "store"
        configuration.maximumReaderCount = settings.readers
        configuration.foreignKeysEnabled = true
        let milliseconds = Int(settings.busyTimeout / .milliseconds(1))
        configuration.prepareDatabase { database in
            // Not busyMode: GRDB gives the readers of a pool a timeout of its own.
            try database.execute(sql: "PRAGMA busy_timeout = \(milliseconds)")
        }
        return configuration
    }

    /// Runs the migrations that the database has not had. GRDB looks which those are before it takes the lock, so
    /// another process may have run one meanwhile: a failure that leaves more done than before is a lost race. Looking
    /// takes GRDB two statements, which must see the same tables: hence a transaction.
    static func migrate(_ database: any DatabaseWriter) throws {
        while true {
            let done = try database.read(migrator.appliedMigrations).count
            do {
                return try migrator.migrate(database)
            } catch {
                guard try database.read(migrator.appliedMigrations).count > done else { throw error }
            }
        }
    }

    // MARK: - Create

    /// Makes a new database. Blocks.
    static func create(_ path: String, for readers: SQLiteStore.Access) throws {
        try create(path, for: readers, filling: fill)
    }

    /// Prepares a database under another name and then links it to its own: nobody ever opens half of one. Blocks.
    static func create(
        _ path: String, for readers: SQLiteStore.Access = .owner, filling fill: (_ draft: String) throws -> Void
    ) throws {
        guard access(path, F_OK) != 0 else { throw StoreError.exists }
        // SQLite would replay a log that it finds beside the new database.
        for stale in [path + "-wal", path + "-journal"] where access(stale, F_OK) == 0 {
            throw StoreError.failed("\(stale) is left from another database, move it away first")
        }
        try withDraft(of: path) { draft in
            try fill(draft)
            // SQLite gives the log and its index the mode of the database.
            guard readers == .owner || chmod(draft, 0o660) == 0 else { throw StoreError(errno: errno) }
            try sync(draft, flags: O_RDWR)
            guard link(draft, path) == 0 else { throw StoreError(errno: errno) }
            try sync(directory(of: path), flags: O_RDONLY | O_DIRECTORY)
        }
    }

    /// An empty file beside the path, its owner's alone, which is removed when the body ends.
    static func withDraft<Value>(of path: String, _ body: (_ draft: String) throws -> Value) throws -> Value {
        let draft = "\(path).\(UInt32.random(in: 0...UInt32.max)).new"
        defer { for suffix in ["", "-wal", "-shm", "-journal"] { unlink(draft + suffix) } }
        try sync(draft, flags: O_CREAT | O_EXCL | O_RDWR)
        return try body(draft)
    }

    static func fill(_ draft: String) throws {
        let queue = try DatabaseQueue(path: draft)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
        }
        try migrator.migrate(queue)
        try queue.close()
    }

    /// Makes durable what a file holds, or the names in a directory. A file that this creates is its owner's alone.
    private static func sync(_ path: String, flags: Int32) throws(StoreError) {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw errno == EACCES ? .readOnly : StoreError(errno: errno) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StoreError(errno: errno) }
    }
}
