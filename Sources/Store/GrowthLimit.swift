import GRDB
import Glibc

/// Keeps what strangers add to a SQLite database within the room of its disk and its log within its bound, which one
/// batch of writes may exceed.
///
/// It is only used on the connection that writes.
final class GrowthLimit: Sendable {
    /// The most octets that one stranger's write adds to the log: with large indexes, each of its rows is on a page of
    /// its own.
    private static let claim: Int64 = 32 << 10

    private let path: String
    private let room: HeadRoom?
    private let log: WriteAheadLog
    /// The octets that strangers may still add in this transaction; nil before anybody asked.
    private let left = Locked<Int64?>(nil)

    init(of path: String, room: HeadRoom?, log: WriteAheadLog) {
        (self.path, self.room, self.log) = (path, room, log)
    }

    /// To be called when a transaction has begun.
    func begin() { left.withLock { $0 = nil } }

    /// To be called before a stranger's write, in its transaction.
    /// - Throws: `.noRoom`, `.logTooLong`.
    func claim(in database: Database) throws {
        let left = try self.left.withLock { $0 } ?? measure(in: database)
        guard left >= Self.claim else { throw StoreError.noRoom }
        self.left.withLock { $0 = left - Self.claim }
    }

    /// What the log holds is still to be written to the database, which may grow by it.
    private func measure(in database: Database) throws -> Int64 {
        guard log.size <= log.bound else { throw StoreError.logTooLong }
        guard let room else { return .max }
        let pages = try Int64.fetchOne(try database.cachedStatement(sql: "PRAGMA page_count")) ?? 0
        let pageSize = try Int64.fetchOne(try database.cachedStatement(sql: "PRAGMA page_size")) ?? 0
        let growth = max(0, pages * pageSize - (fileSize(path) ?? 0))
        return room.look().spare - growth
    }
}

/// The octets of a file; nil where there is none.
func fileSize(_ path: String) -> Int64? {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : nil
}
