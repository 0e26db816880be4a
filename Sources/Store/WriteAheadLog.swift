import GRDB

/// Empties the write-ahead log, where what was erased from the database can still be read: SQLite writes over an old log
/// from its beginning, and never clears the rest.
final class WriteAheadLog: Sendable {
    /// Milliseconds.
    private let busyTimeout: Int
    private let isOwed = Locked(false)

    init(busyTimeout: Duration) {
        self.busyTimeout = Int(busyTimeout / .milliseconds(1))
    }

    /// Waits, as for any lock, for those who still read from the log. What it cannot do is owed.
    /// - Returns: Whether the log is empty now.
    func truncate(in database: Database) -> Bool {
        let isEmpty = (try? database.checkpoint(.truncate)) != nil
        isOwed.withLock { $0 = !isEmpty }
        return isEmpty
    }

    /// Does what is owed if nobody is in the way, without waiting.
    func truncateIfOwed(in database: Database) {
        guard isOwed.withLock({ $0 }) else { return }
        truncateWithoutWaiting(in: database)
    }

    func truncateWithoutWaiting(in database: Database) {
        // The timeout only: a failure of the database itself shows in the next write.
        try? database.execute(sql: "PRAGMA busy_timeout = 0")
        _ = truncate(in: database)
        try? database.execute(sql: "PRAGMA busy_timeout = \(busyTimeout)")
    }
}
