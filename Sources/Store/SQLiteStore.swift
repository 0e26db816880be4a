import Dispatch
import GRDB

/// Accounts and keys in one SQLite file, which several processes may have open at the same time.
///
/// Writes that come together share a commit; reads run beside them on connections of their own.
package final class SQLiteStore: OpenStore {
    private let pool: DatabasePool
    private let files: OpenFiles
    private let log: WriteAheadLog
    let growth: GrowthLimit
    private let writes: WriteQueue
    private let index: LogIndex?
    private let state = Locked(State())
    /// Reads the mark for all who ask for it at the same time.
    let markQuestion = SharedQuestion<Void, StoreMark>()
    private let watch = FileWatch()
    /// Reads and writes that have begun and not ended.
    private let calls = DispatchGroup()

    private struct State {
        var isClosed = false
        /// The mark, and the header of the log's index as it was before the mark was read. Whoever commits something changes
        /// the header.
        var known: (mark: StoreMark, header: LogIndex.Header)?
    }

    /// What can be chosen when a store is opened.
    package struct Settings: Sendable {
        /// How long to wait for a lock that another holds.
        package var busyTimeout: Duration
        /// How many writes may be unanswered; those beyond are refused as `.busy`.
        package var waitingWrites: Int
        /// How many reads run at a time, each on a connection of its own.
        package var readers: Int
        /// A database up to this size, in bytes, is searched for damage when it is opened; a larger one takes long.
        package var searchedSize: Int64
        /// The octets that the write-ahead log may have before nothing more is added for strangers.
        package var logBound: Int64
        /// Tells whether the disk has room for what strangers add; nil where nobody asks.
        package var room: HeadRoom?

        package init(
            busyTimeout: Duration = .seconds(5), waitingWrites: Int = 10_000, readers: Int = 4,
            searchedSize: Int64 = 16 << 20, logBound: Int64 = 64 << 20, room: HeadRoom? = nil
        ) {
            (self.busyTimeout, self.waitingWrites) = (busyTimeout, waitingWrites)
            (self.readers, self.searchedSize) = (readers, searchedSize)
            (self.logBound, self.room) = (logBound, room)
        }
    }

    /// Opens a database that `create(at:)` made, and brings its schema up to date. Blocks while it does.
    /// - Throws: `.missing`, `.readOnly` (the file or its directory), `.corrupt`, `.schemaTooNew`, `.busy`.
    package init(path: String, settings: Settings = Settings()) throws(OpenError) {
        do {
            (pool, files) = try SQLiteFile.open(path, settings: settings)
            let log = WriteAheadLog(
                of: pool.path, busyTimeout: settings.busyTimeout, bound: settings.logBound)
            growth = GrowthLimit(room: settings.room, log: log)
            let again = Locked<(@Sendable () -> Void)?>(nil)
            writes = WriteQueue(pool: pool, files: files, growth: growth, limit: settings.waitingWrites) { database in
                if log.tend(in: database) { again.withLock { $0 }?() }
            }
            index = pool.writeWithoutTransaction { LogIndex(of: $0) }
            self.log = log
            again.withLock { $0 = { [weak self] in self?.tendLater() } }
            settings.room?.expect { [weak self] in self?.pendingGrowth ?? 0 }
            // A store that ended too early may have left there what it had erased.
            let isEmpty = pool.writeWithoutTransaction { log.truncateSoon(in: $0, isOwed: true) }
            if !isEmpty { tendLater() }
        } catch {
            throw OpenError(path: path, cause: StoreError(error))
        }
    }

    package var mark: StoreMark? {
        state.withLock { state in
            guard let known = state.known, header(in: state) == known.header else { return nil }
            return known.mark
        }
    }

    func learn(_ mark: StoreMark, under header: LogIndex.Header) { state.withLock { $0.known = (mark, header) } }

    var hasIndex: Bool { index != nil }

    /// The header of the log's index; nil when the store is closed or its files are not in their place.
    var logHeader: LogIndex.Header? { state.withLock { header(in: $0) } }

    private func header(in state: State) -> LogIndex.Header? {
        !state.isClosed && watch.isInPlace(files) ? index?.header : nil
    }

    /// Makes a new database. It appears at the path complete or not at all.
    /// - Throws: `.exists` when there is a file of that name; `.missing` when its directory is not there; `.readOnly`.
    package static func create(at path: String, for access: Access = .owner) throws(OpenError) {
        do {
            try SQLiteFile.create(path, for: access)
        } catch {
            throw OpenError(path: path, cause: StoreError(error))
        }
    }

    /// Commits so far: less than the writes when they came together.
    package var commits: Int { writes.commits }

    /// Writes that have been asked for and not been answered.
    package var waitingWrites: Int { writes.unanswered }

    package var logSize: Int64? { log.size }

    package var isLogTooLong: Bool { log.isOverBound }

    /// Ends the store: what has begun is finished, the log is folded into the database if nobody else has it open, and
    /// everything that comes later is `.closed`.
    package func close() async throws(StoreError) {
        let first = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard first else { return }
        let outcome: Result<Void, StoreError> = await withCheckedContinuation { continuation in
            calls.notify(queue: .global()) { [pool] in
                let outcome = Result {
                    // SQLite folds the log in when the last connection closes, unless that one can only read.
                    pool.releaseMemory()
                    try pool.close()
                }
                continuation.resume(returning: outcome.mapError { StoreError($0) })
            }
        }
        try outcome.get()
    }

    /// Runs the work in a savepoint of its own, in a transaction shared with the writes that come with it, and returns
    /// what it returned once that is on disk.
    package func write<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        try begin()
        defer { calls.leave() }
        return try await writes.submit(work)
    }

    /// Finds out whether a write can be made, and changes nothing.
    package func examineWrites() async throws(StoreError) {
        try begin()
        defer { calls.leave() }
        try await writes.examine()
    }

    /// Runs one statement in the manner of `write`, and returns how many rows it changed.
    func change(_ sql: String, _ arguments: StatementArguments) async throws(StoreError) -> Int {
        try await write { database in
            try database.cachedStatement(sql: sql).execute(arguments: arguments)
            return database.changesCount
        }
    }

    /// Between writes. False when somebody who reads keeps the log from being emptied: it is owed then.
    func emptyLog() async -> Bool {
        await withCheckedContinuation { continuation in
            pool.asyncWriteWithoutTransaction { [log] database in
                continuation.resume(returning: log.truncate(in: database))
            }
        }
    }

    /// The octets by which the database's file will grow when what is in the log is written to it.
    private var pendingGrowth: Int64 {
        let size = state.withLock { $0.isClosed ? nil : index?.databaseSize }
        return max(0, (size ?? 0) - (fileSize(pool.path) ?? 0))
    }

    /// Empties the log in a second, though nobody may write until then.
    private func tendLater() {
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(1)) { [weak self] in self?.tendNow() }
    }

    private func tendNow() {
        log.lookedAgain()
        guard (try? begin()) != nil else { return }
        pool.asyncWriteWithoutTransaction { [weak self, log, calls] database in
            defer { calls.leave() }
            if log.tend(in: database) { self?.tendLater() }
        }
    }

    /// Runs one statement, or several that need not agree, on a reading connection: outside of a transaction, which
    /// would cost three statements more.
    func read<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        try begin()
        defer { calls.leave() }
        let outcome: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            pool.asyncUnsafeRead { [files] connection in
                let outcome = Result {
                    // First, since a connection that cannot be opened may be a file that is gone.
                    try files.check()
                    return try work(connection.get())
                }
                continuation.resume(returning: outcome.mapError { StoreError($0) })
            }
        }
        return try outcome.get()
    }

    private func begin() throws(StoreError) {
        let begun = state.withLock { state in
            if !state.isClosed { calls.enter() }
            return !state.isClosed
        }
        guard begun else { throw .closed }
    }
}
