import GRDB
import GRDBSQLite

/// A write that goes as far as the disk and is then undone, to find out whether a write can be made.
///
/// Its pages are written after the end of the write-ahead log, as those of any write. Since nothing is committed, the
/// log's index stays as it is, and with it the mark of the store: nobody has to read anything again. The next write
/// overwrites these pages, so after a trial there is room for a write of the same size.
enum WriteTrial {
    /// The number of bytes that are written, which is more than any single write of a user takes.
    private static let size = 64 << 10

    private static let sql =
        "INSERT INTO site (name, value) VALUES ('write-trial', CAST(zeroblob(\(size)) AS TEXT))"

    /// Writes the pages.
    /// - Parameter database: A connection in a transaction, which the caller rolls back.
    static func run(in database: Database) throws {
        try database.execute(sql: sql)
        // SQLite keeps changed pages in memory until the commit, unless it is told to write them.
        let status = sqlite3_db_cacheflush(database.sqliteConnection)
        guard status == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: status)) }
    }
}
