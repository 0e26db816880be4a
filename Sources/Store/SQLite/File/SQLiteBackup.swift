import Foundation
import GRDB

/// Copies of a SQLite database's file, made while others have the database open. Each of these blocks.
package enum SQLiteBackup {
    static let settings = SQLiteDriver.Settings(searchedSize: .max)

    /// Writes the state of the database at one moment into a new file, without a log, which only its owner can read. The
    /// file appears complete or not at all. Keys are wrapped there as they are here.
    /// - Throws: `.exists` if there is a file of the copy's name; `.missing`, `.corrupt`, `.schemaTooNew`, `.readOnly`,
    ///   `.full`, each with the path that it is about.
    package static func write(of path: String, to copy: String) throws(OpenError) {
        do {
            guard !isPart(copy, of: path) else {
                throw StoreError.failed("is a file of the database itself; name another file")
            }
            guard access(copy, F_OK) != 0 else { throw StoreError.exists }
            try check(path)
            defer { tidy(path) }
            try SQLiteDraft.create(copy) { try duplicate(path, into: $0) }
        } catch {
            throw (error as? OpenError) ?? OpenError(path: copy, cause: StoreError(error))
        }
    }

    /// Removes the unfinished copies that killed processes have left in a directory of backups.
    ///
    /// - Parameter isChosen: Whether a file with that name may be removed.
    package static func removeAbandoned(in folder: String, where isChosen: (String) -> Bool) {
        SQLiteDraft.removeAbandoned(in: folder, where: isChosen)
    }

    /// Whether a path is that of one of the files that SQLite has beside a database.
    private static func isPart(_ copy: String, of path: String) -> Bool {
        let (copy, path) = (URL(filePath: copy), URL(filePath: path).resolvingSymlinksInPath())
        let folder = copy.deletingLastPathComponent().resolvingSymlinksInPath()
        return folder == path.deletingLastPathComponent()
            && ["-wal", "-shm", "-journal"].contains { copy.lastPathComponent == path.lastPathComponent + $0 }
    }

    /// Removes the log and its index, which a connection that only reads makes and leaves there, unless others have the
    /// database open.
    static func tidy(_ path: String) {
        guard let queue = try? DatabaseQueue(path: path) else { return }
        _ = try? queue.read { try $0.tableExists("accounts") }
        try? queue.close()
    }

    /// Searches the whole database for damage, and throws with its path.
    static func check(_ path: String) throws(OpenError) {
        do {
            guard access(path, R_OK) == 0 else { throw StoreError(errno: errno) }
            try SQLiteFile.inspect(path, settings: settings)
        } catch {
            throw OpenError(path: path, cause: StoreError(error))
        }
    }

    /// Copies the database into a file without a log.
    static func duplicate(_ path: String, into draft: String) throws {
        let source = try reader(of: path)
        let target = try DatabaseQueue(path: draft)
        try source.backup(to: target)
        try target.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
        try target.close()
        try source.close()
    }

    static func reader(of path: String) throws -> DatabaseQueue {
        var configuration = SQLiteFile.configuration(settings)
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration)
    }
}
