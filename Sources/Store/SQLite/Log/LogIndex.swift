import GRDB
import GRDBSQLite
import Synchronization

/// The index of a database's write-ahead log, which all processes that have the database open share in memory. Its
/// header changes with every commit, before the commit is acknowledged (sqlite.org/walformat.html, section 2.1).
///
/// This type reads SQLite's own mapping. To open the file a second time, and to close it, would give up the locks that
/// SQLite has on it.
final class LogIndex: @unchecked Sendable {
    /// The number of bytes of the file that are mapped at once.
    private static let regionCount: Int32 = 32_768
    /// The number of the only format.
    private static let version: UInt32 = 3_007_000

    /// The words of the header after the version, which never changes.
    struct Header: Sendable, Equatable {
        private let words: [5 of UInt64]

        fileprivate init(at start: UnsafeRawPointer) {
            words = [5 of UInt64] { start.load(fromByteOffset: 8 * $0, as: UInt64.self) }
        }

        static func == (left: Header, right: Header) -> Bool {
            var difference: UInt64 = 0
            for index in 0..<5 { difference |= left.words[index] ^ right.words[index] }
            return difference == 0
        }
    }

    private let start: UnsafeRawPointer

    /// Fails if SQLite has no such index, or another format of it.
    /// - Parameter database: A connection that is open for as long as this is used.
    init?(of database: Database) {
        var file: UnsafeMutablePointer<sqlite3_file>?
        let found = withUnsafeMutablePointer(to: &file) {
            sqlite3_file_control(database.sqliteConnection, "main", SQLITE_FCNTL_FILE_POINTER, $0)
        }
        guard found == SQLITE_OK, let file, let map = file.pointee.pMethods?.pointee.xShmMap else { return nil }
        var region: UnsafeMutableRawPointer?
        guard map(file, 0, Self.regionCount, 0, &region) == SQLITE_OK, let region else { return nil }
        start = UnsafeRawPointer(region)
        guard start.load(as: UInt32.self) == Self.version else { return nil }
    }

    /// The size in bytes of the database that the log makes; nil if the log is empty.
    var databaseSize: Int64? {
        guard start.load(fromByteOffset: 16, as: UInt32.self) > 0 else { return nil }
        let size = Int64(start.load(fromByteOffset: 14, as: UInt16.self))
        // SQLite writes 65,536 as 1, since it does not fit.
        let pageSize = size & 0xFE00 | (size & 1) << 16
        return Int64(start.load(fromByteOffset: 20, as: UInt32.self)) * pageSize
    }

    /// The header. A value that was read while the header changed equals no other.
    var header: Header {
        atomicMemoryFence(ordering: .acquiring)
        return Header(at: start + 8)
    }
}
