import Dispatch
import GRDB

/// Keeps the write-ahead log short, and empties it if it still contains what was erased from the database: SQLite
/// overwrites an old log from its beginning, and never clears the rest.
///
/// A program that reads the database for long keeps the log from being emptied. This type then tries again every second.
final class WriteAheadLog: Sendable {
    /// The time to wait for a lock, in milliseconds.
    private let busyTimeout: Int
    private let path: String
    /// The size in bytes that the log may have before strangers may add nothing more.
    let bound: Int64
    private let state = Locked(State())

    private struct State {
        /// Whether the log still contains something that was erased.
        var isOwed = false
        /// The earliest time at which a log that was too long is emptied again.
        var next: UInt64 = 0
        /// Whether the caller will look again.
        var isLookedAfter = false
    }

    private static let pause: UInt64 = 1_000_000_000

    /// - Parameter database: The path of the database.
    init(of database: String, busyTimeout: Duration, bound: Int64) {
        (path, self.bound) = (database + "-wal", bound)
        self.busyTimeout = Int(busyTimeout / .milliseconds(1))
    }

    /// The size of the log in bytes.
    var size: Int64 { fileSize(path) ?? 0 }

    var isOverBound: Bool { size > bound }

    /// Whether the log is so long that something keeps it from being emptied: SQLite itself begins to write it to the
    /// database at 4 MiB.
    private var isTooLong: Bool { size > min(Self.usualSize, bound / 2) }

    /// The size to which SQLite cuts a log that it begins anew.
    static let usualSize: Int64 = 16 << 20

    /// Empties the log, and waits for those who still read from it, as for any lock. If it cannot, it is owed.
    /// - Returns: Whether the log is empty now.
    func truncate(in database: Database) -> Bool {
        let isEmpty = (try? database.checkpoint(.truncate)) != nil
        state.withLock { $0.isOwed = !isEmpty }
        return isEmpty
    }

    /// Empties the log if that is owed or the log is too long, and nobody is in the way.
    /// - Returns: Whether the caller has to try again in a second.
    func tend(in database: Database) -> Bool {
        let isOwed = state.withLock { $0.isOwed }
        guard isOwed || isTooLong else { return false }
        let now = MonotonicClock.coarseNanoseconds()
        let isDue = state.withLock { state in
            guard isOwed || now >= state.next else { return false }
            state.next = now + Self.pause
            return true
        }
        if isDue, truncateSoon(in: database, isOwed: isOwed) { return false }
        return state.withLock { state in
            defer { state.isLookedAfter = true }
            return !state.isLookedAfter
        }
    }

    /// The time in milliseconds to wait for readers of a log that is too long. This server's own readers take no longer.
    private static let patience = 50

    /// Notes that the caller tries again, a second after ``tend(in:)`` asked for it.
    func lookedAgain() { state.withLock { ($0.isLookedAfter, $0.next) = (false, 0) } }

    /// Empties the log, and waits for nobody, or for a moment.
    /// - Parameter isOwed: Whether the log contains something that was erased.
    /// - Returns: Whether the log is empty now.
    @discardableResult
    func truncateSoon(in database: Database, isOwed: Bool) -> Bool {
        // An error is ignored: a failure of the database shows in the next write.
        let patience = isOwed ? 0 : Self.patience
        try? database.execute(sql: "PRAGMA busy_timeout = \(patience)")
        defer { try? database.execute(sql: "PRAGMA busy_timeout = \(busyTimeout)") }
        if isOwed { return truncate(in: database) }
        return (try? database.checkpoint(.truncate)) != nil
    }
}
