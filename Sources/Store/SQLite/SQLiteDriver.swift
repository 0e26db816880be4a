import Dispatch
import GRDB

/// One SQLite file, which several processes may have open at the same time.
///
/// Writes that come together share a commit (``WriteQueue``). Reads run beside them on connections of their own.
package final class SQLiteDriver: StoreDriver {
    private let pool: DatabasePool
    let files: OpenFiles
    private let log: WriteAheadLog
    private let growth: GrowthLimit
    private let writes: WriteQueue
    let index: LogIndex?
    let watch = FileWatch()
    let state = Locked(State())
    /// The question for the mark, which all who ask at the same time share.
    let markQuestion = SharedQuestion<Void, StoreMark>()
    /// The reads and writes that have begun and not ended.
    private let calls = DispatchGroup()

    /// The state that changes while the database is open. Each request takes its lock once.
    struct State {
        var isClosed = false
        /// The mark that was read last, with the header of the log's index as it was before.
        var known: (header: LogIndex.Header, mark: StoreMark)?
    }

    /// The choices that can be made when a database is opened.
    package struct Settings: Sendable {
        /// The time to wait for a lock that somebody else holds.
        package var busyTimeout: Duration
        /// The number of writes that may wait for an answer. Further ones are refused as `.busy`.
        package var waitingWrites: Int
        /// The number of reads that run at a time, each on a connection of its own.
        package var readers: Int
        /// The size in bytes up to which a database is searched for damage when it is opened. A larger one takes long.
        package var searchedSize: Int64
        /// The size in bytes of the write-ahead log beyond which nothing more is added for strangers.
        package var logBound: Int64
        /// The watch over the room on the disk; nil if strangers may fill it.
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

    /// Opens a database that ``SQLiteFile/create(at:for:)`` made, and brings its schema up to date. Blocks while it does.
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
            // A server that ended too early may have left there what it had erased.
            let isEmpty = pool.writeWithoutTransaction { log.truncateSoon(in: $0, isOwed: true) }
            if !isEmpty { tendLater() }
        } catch {
            throw OpenError(path: path, cause: StoreError(error))
        }
    }

    // MARK: - Statements

    package func read<Value: Sendable>(
        _ method: StaticString, _ work: @escaping @Sendable (any StoreConnection) throws -> Value
    ) async throws(StoreError) -> Value {
        try await read { database in try work(SQLiteConnection(database)) }
    }

    package func write<Value: Sendable>(
        _ method: StaticString, for writer: StoreWriter,
        _ work: @escaping @Sendable (any StoreConnection) throws -> Value
    ) async throws(StoreError) -> Value {
        try await write { [growth] database in
            if writer == .stranger { try growth.claim() }
            return try work(SQLiteConnection(database))
        }
    }

    /// Runs the work in a savepoint of its own, in a transaction shared with the writes that come with it, and returns
    /// what it returned once that is on disk.
    func write<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        try begin()
        defer { calls.leave() }
        return try await writes.submit(work)
    }

    /// Runs the work on a reading connection, outside of a transaction, which would cost three statements more.
    func read<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        try begin()
        defer { calls.leave() }
        let outcome: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            pool.asyncUnsafeRead { [files] connection in
                let outcome = Result {
                    // The files come first, since a connection that cannot be opened may be a file that is gone.
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

    // MARK: - Health

    /// The number of commits so far, which is less than that of the writes if they came together.
    package var commits: Int { writes.commits }

    package var waitingWrites: Int { writes.unanswered }

    package var logSize: Int64? { log.size }

    package var isLogTooLong: Bool { log.isOverBound }

    package func examine() async throws(StoreError) -> StoreExamination {
        StoreExamination(
            rootKeyID: try await read { database in try Store.rootKeyID(on: SQLiteConnection(database)) })
    }

    package func examineWrites() async throws(StoreError) {
        try begin()
        defer { calls.leave() }
        try await writes.examine()
    }

    // MARK: - The log

    /// Empties the log between writes. If somebody who reads keeps it from being emptied, it is owed then.
    package func eraseDeleted() async -> Forgetting {
        await withCheckedContinuation { continuation in
            pool.asyncWriteWithoutTransaction { [log] database in
                continuation.resume(returning: log.truncate(in: database) ? .erased : .leftInLog)
            }
        }
    }

    /// The number of bytes by which the database's file will grow when what is in the log is written to it.
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

    // MARK: - End

    /// Finishes what has begun, and folds the log into the database if nobody else has it open.
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
}

extension Store {
    /// Opens a SQLite file that ``SQLiteFile/create(at:for:)`` made, and brings its schema up to date. Blocks while it does.
    /// - Throws: `.missing`, `.readOnly` (the file or its directory), `.corrupt`, `.schemaTooNew`, `.busy`.
    package convenience init(
        file path: String, settings: SQLiteDriver.Settings = SQLiteDriver.Settings()
    ) throws(OpenError) {
        self.init(try SQLiteDriver(path: path, settings: settings))
    }
}
