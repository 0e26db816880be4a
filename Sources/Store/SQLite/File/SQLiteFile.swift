import GRDB
import Glibc

/// The file of a SQLite database, as it is made and opened.
package enum SQLiteFile {
    /// The users who may open a database that is made.
    package enum Access: Sendable {
        case owner
        /// The owner and the group of the file. The directory decides the group.
        case group
    }

    /// The number in SQLite's header that tells our files from those of other programs ("clav").
    static let applicationID: Int32 = 0x636c_6176

    private static let migrator = Schema.migrations.reduce(into: DatabaseMigrator()) { migrator, step in
        migrator.registerMigration(step.name, foreignKeyChecks: .immediate) { try $0.execute(sql: step.text.sqlite) }
    }

    /// Makes a new database. It appears at the path complete or not at all. Blocks.
    /// - Throws: `.exists` if there is a file of that name; `.missing` if its directory does not exist; `.readOnly`.
    package static func create(at path: String, for access: Access = .owner) throws(OpenError) {
        do {
            try SQLiteDraft.create(path, for: access, filling: SQLiteDraft.fill)
        } catch {
            throw OpenError(path: path, cause: StoreError(error))
        }
    }

    /// Returns the open database and the identity of its files. Blocks.
    static func open(_ path: String, settings: SQLiteDriver.Settings) throws -> (DatabasePool, OpenFiles) {
        let path = try absolute(path)
        let identity = try FileIdentity(of: path)
        try checkAccess(path)
        return try repeating {
            try inspect(path, settings: settings)
            return try SQLiteLeftovers.removing(beside: path) { try openPool(path, identity, settings) }
        }
    }

    /// Repeats an attempt for about a second, as long as SQLite may not open a file.
    ///
    /// SQLite makes the log and its index, and then gives them the mode of the database. If a server of another user is
    /// doing so, this process cannot open them yet.
    static func repeating<Value>(_ attempts: Int = 100, _ attempt: () throws -> Value) throws -> Value {
        for _ in 1..<attempts {
            do {
                return try attempt()
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
                usleep(10_000)
            }
        }
        return try attempt()
    }

    private static func openPool(
        _ path: String, _ identity: FileIdentity, _ settings: SQLiteDriver.Settings
    ) throws -> (DatabasePool, OpenFiles) {
        var isOpen = false
        let pool = try DatabasePool(path: path, configuration: configuration(settings))
        defer { if !isOpen { try? pool.close() } }
        // SQLite would have made a new file, had this one gone away in the meantime.
        guard try FileIdentity(of: path) == identity else { throw StoreError.missing }
        try pool.writeWithoutTransaction { database in
            // GRDB sets NORMAL, which may lose acknowledged commits when the power fails.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // SQLite overwrites what is deleted.
            try database.execute(sql: "PRAGMA secure_delete = ON")
            // SQLite cuts a log that was long once, when it begins it anew.
            try database.execute(sql: "PRAGMA journal_size_limit = \(WriteAheadLog.usualSize)")
        }
        try migrate(pool)
        let files = try OpenFiles(of: path)
        isOpen = true
        return (pool, files)
    }

    /// Resolves symbolic links: SQLite keeps the log beside the file itself.
    private static func absolute(_ path: String) throws(StoreError) -> String {
        guard let resolved = realpath(path, nil) else { throw StoreError(errno: errno) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Refuses a file that SQLite would silently open for reading only. Nothing is opened here: closing a file gives up
    /// every lock that the process has on it.
    private static func checkAccess(_ path: String) throws(StoreError) {
        guard access(path, R_OK) == 0 else { throw StoreError(errno: errno) }
        for written in [path, directory(of: path)] where access(written, W_OK) != 0 {
            throw .readOnly
        }
    }

    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Refuses a file of another program before anything is written to it. A refusal leaves no file beside it.
    /// - Parameter unfinished: Whether a database into which a site is still being copied is accepted.
    static func inspect(_ path: String, settings: SQLiteDriver.Settings, unfinished: Bool = false) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { throw StoreError(errno: errno) }
        // Opening a FIFO would wait for a writer.
        guard status.st_mode & S_IFMT == S_IFREG else { throw StoreError.corrupt }
        try SQLiteLeftovers.removing(beside: path) { try examine(path, settings, unfinished) }
    }

    private static func examine(_ path: String, _ settings: SQLiteDriver.Settings, _ unfinished: Bool) throws {
        var configuration = configuration(settings)
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? queue.close() }
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

    /// Returns the definitions of the tables and of all else that a database has, without their white space.
    private static func tables(in database: Database) throws -> [String] {
        let sql =
            "SELECT type || ' ' || name || ' ' || sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"
        return try String.fetchAll(database, sql: sql).map { $0.filter { !$0.isWhitespace } }
    }

    /// Whether a copy into the database is under way. A database of the first migration has no table for that mark.
    private static func isMarked(_ database: Database) throws -> Bool {
        guard try database.tableExists("site") else { return false }
        return try CopyMark.origin(on: SQLiteConnection(database)) != nil
    }

    static func configuration(_ settings: SQLiteDriver.Settings) -> Configuration {
        var configuration = Configuration()
        configuration.label = "store"
        configuration.maximumReaderCount = settings.readers
        configuration.foreignKeysEnabled = true
        let milliseconds = Int(settings.busyTimeout / .milliseconds(1))
        configuration.prepareDatabase { database in
            // GRDB's busyMode is not used, since it gives the readers of a pool a timeout of its own.
            try database.execute(sql: "PRAGMA busy_timeout = \(milliseconds)")
        }
        return configuration
    }

    /// Runs the migrations that the database has not had.
    ///
    /// GRDB looks for these before it takes the lock, so another process may have run one meanwhile: a failure that leaves
    /// more done than before is a lost race. GRDB looks by two statements, which must see the same tables: hence a
    /// transaction.
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
}
