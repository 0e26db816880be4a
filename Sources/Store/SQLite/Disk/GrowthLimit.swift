import Glibc

/// Keeps what strangers add to a SQLite database within the room on its disk, and its log within its bound. One batch of
/// writes may exceed them.
///
/// It is only used on the connection that writes.
final class GrowthLimit: Sendable {
    private let room: HeadRoom?
    private let log: WriteAheadLog
    /// The number of bytes that strangers may still add in this transaction; nil before anybody asked.
    private let left = Locked<Int64?>(nil)

    init(room: HeadRoom?, log: WriteAheadLog) {
        (self.room, self.log) = (room, log)
    }

    /// The writer calls this when a transaction has begun.
    func begin() { left.withLock { $0 = nil } }

    /// The writer calls this before a stranger's write, in its transaction.
    /// - Throws: `.noRoom`, `.logTooLong`.
    func claim() throws(StoreError) {
        let known = self.left.withLock { $0 }
        let left = if let known { known } else { try measure() }
        guard left >= HeadRoom.claim else { throw .noRoom }
        self.left.withLock { $0 = left - HeadRoom.claim }
    }

    private func measure() throws(StoreError) -> Int64 {
        guard !log.isOverBound else { throw .logTooLong }
        return room?.look().spare ?? .max
    }
}

/// Returns the size of a file in bytes; nil if there is none.
func fileSize(_ path: String) -> Int64? {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : nil
}
