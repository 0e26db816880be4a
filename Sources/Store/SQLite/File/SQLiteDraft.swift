import GRDB
import Glibc

/// A database that is prepared under another name beside its path, and that nobody else opens until it is complete.
enum SQLiteDraft {
    /// Prepares a database and then links it to its own name. It appears complete or not at all. Blocks.
    static func create(
        _ path: String, for access: SQLiteFile.Access = .owner, filling fill: (_ draft: String) throws -> Void
    ) throws {
        guard Glibc.access(path, F_OK) != 0 else { throw StoreError.exists }
        // SQLite would replay a log that it finds beside the new database.
        for stale in [path + "-wal", path + "-journal"] where Glibc.access(stale, F_OK) == 0 {
            throw StoreError.failed("\(stale) is left from another database; move it away first")
        }
        try withDraft(of: path) { draft in
            try fill(draft)
            // SQLite gives the log and its index the mode of the database.
            guard access == .owner || chmod(draft, 0o660) == 0 else { throw StoreError(errno: errno) }
            try sync(draft, flags: O_RDWR)
            guard link(draft, path) == 0 else { throw StoreError(errno: errno) }
            try sync(SQLiteFile.directory(of: path), flags: O_RDONLY | O_DIRECTORY)
        }
    }

    /// Makes an empty file beside the path, which only its owner can read, and removes it when the body ends.
    static func withDraft<Value>(of path: String, _ body: (_ draft: String) throws -> Value) throws -> Value {
        let draft = "\(path).\(UInt32.random(in: 0...UInt32.max)).new"
        defer { for suffix in ["", "-wal", "-shm", "-journal"] { unlink(draft + suffix) } }
        try sync(draft, flags: O_CREAT | O_EXCL | O_RDWR)
        return try body(draft)
    }

    /// Makes the tables.
    static func fill(_ draft: String) throws {
        let queue = try DatabaseQueue(path: draft)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA application_id = \(SQLiteFile.applicationID)")
        }
        try SQLiteFile.migrate(queue)
        try queue.close()
    }

    /// Makes the contents of a file, or the names in a directory, durable. A file that this creates is its owner's alone.
    private static func sync(_ path: String, flags: Int32) throws(StoreError) {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw errno == EACCES ? .readOnly : StoreError(errno: errno) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StoreError(errno: errno) }
    }
}
