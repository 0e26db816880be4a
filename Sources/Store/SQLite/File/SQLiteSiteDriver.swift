import Foundation
import GRDB

/// A SQLite file that nobody else has open: SQLite's exclusive mode refuses it to those who come later, and is refused
/// while anybody has it.
final class SQLiteSiteDriver: SiteDriver {
    let name: String
    private let queue: DatabaseQueue

    init(path: String, _ prepare: () throws -> Void) throws(OpenError) {
        name = path
        do {
            try prepare()
            var configuration = SQLiteFile.configuration(SQLiteDriver.Settings())
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; PRAGMA secure_delete = ON")
            }
            queue = try DatabaseQueue(path: path, configuration: configuration)
            // From here on the lock is held, in either kind of journal.
            try queue.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE; COMMIT") }
            // An exclusive user has its own index of the log. The file is left from `prepare`, and nobody has it open.
            unlink("\(path)-shm")
            try SQLiteFile.migrate(queue)
        } catch {
            let cause = StoreError(error)
            let inUse = StoreError.failed("in use by another process; stop the servers first")
            throw OpenError(path: path, cause: cause == .busy ? inUse : cause)
        }
    }

    func transaction<Value>(_ work: (any StoreConnection) throws -> Value) throws -> Value {
        try queue.write { database in try work(SQLiteConnection(database)) }
    }

    /// SQLite reads each row when it is asked for the next one.
    func visit(_ text: SQLText, _ arguments: [SQLValue], batch: Int, _ body: (any StoreRow) throws -> Void) throws {
        try queue.unsafeRead { database in try SQLiteConnection(database).run(text, arguments, body) }
    }

    /// The exclusive mode keeps everybody out.
    func lockMark(on connection: any StoreConnection) {}

    /// SQLite takes the next id from the rows.
    func finish(on connection: any StoreConnection) {}

    func cause(of error: any Error) -> StoreError { StoreError(error) }
}

extension SiteDatabase {
    /// Opens a SQLite file from which a site is copied.
    /// - Throws: `.failed` while servers run on it; `.missing`, `.corrupt`, `.schemaTooNew`, `.unfinished`.
    package convenience init(source path: String) throws(OpenError) {
        self.init(
            try SQLiteSiteDriver(path: path) {
                guard access(path, R_OK) == 0 else { throw StoreError(errno: errno) }
                try SQLiteFile.inspect(path, settings: SQLiteDriver.Settings())
            })
    }

    /// Opens a SQLite file into which a site is copied. If the file does not exist, it is made, and marked.
    package convenience init(
        target path: String, from origin: String, for access: SQLiteFile.Access = .owner
    ) throws(OpenError) {
        self.init(
            try SQLiteSiteDriver(path: path) {
                if Foundation.access(path, F_OK) == 0 {
                    return try SQLiteFile.inspect(path, settings: SQLiteDriver.Settings(), unfinished: true)
                }
                try SQLiteDraft.create(path, for: access) { draft in
                    try SQLiteDraft.fill(draft)
                    let queue = try DatabaseQueue(path: draft)
                    try queue.write { try CopyMark.set(origin, on: SQLiteConnection($0)) }
                    try queue.close()
                }
            })
    }
}
