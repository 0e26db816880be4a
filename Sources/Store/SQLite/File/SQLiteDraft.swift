import Foundation
import GRDB

/// A database that is prepared under another name beside its path, and that nobody else opens until it is complete.
enum SQLiteDraft {
    /// Prepares a database and then links it to its own name. It appears complete or not at all. Blocks.
    static func create(
        _ path: String, for access: SQLiteFile.Access = .owner, filling fill: (_ draft: String) throws -> Void
    ) throws {
        guard Foundation.access(path, F_OK) != 0 else { throw StoreError.exists }
        // SQLite would replay a log that it finds beside the new database.
        for stale in [path + "-wal", path + "-journal"] where Foundation.access(stale, F_OK) == 0 {
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

    /// Makes an empty file beside the path, which only its owner can read, and removes it when the body ends. Drafts that a
    /// killed process has left there are removed first.
    static func withDraft<Value>(of path: String, _ body: (_ draft: String) throws -> Value) throws -> Value {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        removeAbandoned(in: SQLiteFile.directory(of: path)) { $0.hasPrefix("\(name).") }
        let draft = "\(path).\(UInt32.random(in: 0...UInt32.max)).new"
        defer { remove(draft) }
        let use = try DraftLock(creating: draft)
        defer { withExtendedLifetime(use) {} }
        return try body(draft)
    }

    /// Removes the drafts in a directory that no process uses any more.
    ///
    /// - Parameter isChosen: Whether a draft with that name may be removed.
    static func removeAbandoned(in folder: String, where isChosen: (String) -> Bool) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.wholeMatch(of: /.+\.\d{1,10}\.new/) != nil && isChosen(name) {
            let path = "\(folder)/\(name)"
            if let unused = DraftLock(of: path) { withExtendedLifetime(unused) { remove(path) } }
        }
    }

    /// Removes a draft. Its own file is the last, because the others are found by its name.
    private static func remove(_ draft: String) {
        for suffix in ["-wal", "-shm", "-journal", ""] { unlink(draft + suffix) }
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

    /// Makes the contents of a file, or the names in a directory, durable.
    private static func sync(_ path: String, flags: Int32) throws(StoreError) {
        let descriptor = Foundation.open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw errno == EACCES ? .readOnly : StoreError(errno: errno) }
        defer { Foundation.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StoreError(errno: errno) }
    }
}
