import Dispatch
import GRDB

/// Keeps the write-ahead log short, and empties it where what was erased from the database can still be read: SQLite
/// writes over an old log from its beginning, and never clears the rest.
///
/// A program that reads the database for long keeps the log from being emptied. It is tried again every second then.
final class WriteAheadLog: Sendable {
    /// Milliseconds.
    private let busyTimeout: Int
    private let path: String
    /// The octets that the log may have before strangers may add nothing more.
    let bound: Int64
    private let state = Locked(State())

    private struct State {
        /// Whether something that was erased is still to be read in the log.
        var isOwed = false
        /// The earliest time at which a log that was too long is emptied again.
        var next: UInt64 = 0
        /// Whether somebody will look again.
        var isLookedAfter = false
    }

    private static let pause: UInt64 = 1_000_000_000

    /// - Parameter database: The path of the database.
    init(of database: String, busyTimeout: Duration, bound: Int64) {
        (path, self.bound) = (database + "-wal", bound)
        self.busyTimeout = Int(busyTimeout / .milliseconds(1))
    }

    /// Its octets.
    var size: Int64 { fileSize(path) ?? 0 }

    var isOverBound: Bool { size > bound }

    /// SQLite itself begins to write the log to the database at 4 MiB, so a longer one is one that could not be.
    private var isTooLong: Bool { size > min(Self.usualSize, bound / 2) }

    /// The size to which SQLite cuts a log that it begins anew.
    static let usualSize: Int64 = 16 << 20

    /// Waits, as for any lock, for those who still read from the log. What it cannot do is owed.
    /// - Returns: Whether the log is empty now.
    func truncate(in database: Database) -> Bool {
        let isEmpty = (try? database.checkpoint(.truncate)) != nil
        state.withLock { $0.isOwed = !isEmpty }
        return isEmpty
    }

    /// Empties the log if that is owed or the log is too long, and nobody is in the way.
    /// - Returns: Whether it is to be tried again in a second, which the caller sees to.
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

    /// Milliseconds in which a log that is too long is waited for: this server's own readers take no longer.
    private static let patience = 50

    /// Does what was to be done a second after ``tend(in:)`` said so.
    func lookedAgain() { state.withLock { ($0.isLookedAfter, $0.next) = (false, 0) } }

    /// Waits for nobody, or next to nothing.
    /// - Parameter isOwed: whether somebody waits for what was erased to be gone.
    /// - Returns: Whether the log is empty now.
    @discardableResult
    func truncateSoon(in database: Database, isOwed: Bool) -> Bool {
        // The timeout only: a failure of the database itself shows in the next write.
        let patience = isOwed ? 0 : Self.patience
        try? database.execute(sql: "PRAGMA busy_timeout = \(patience)")
        defer { try? database.execute(sql: "PRAGMA busy_timeout = \(busyTimeout)") }
        if isOwed { return truncate(in: database) }
        return (try? database.checkpoint(.truncate)) != nil
    }
}
