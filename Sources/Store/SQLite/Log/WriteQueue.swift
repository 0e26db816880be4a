import GRDB

/// Lets concurrent writes share a commit: while one batch is written to disk the next gathers, and then goes in one
/// transaction. Batches run on the connection's own serial queue.
final class WriteQueue: Sendable {
    /// Gives a caller the outcome of its write.
    private typealias Answer = @Sendable () -> Void

    /// A write, whose result can have any type.
    private struct Write: Sendable {
        /// The work, which runs inside a savepoint of its own. If it throws, it is undone, and only this write fails. The
        /// answer that it returns is sent when the batch is on disk.
        let work: @Sendable (Database) throws -> Answer
        let fail: @Sendable (StoreError) -> Void
        /// Whether the write changes nothing, and only asks whether the batch can be written.
        var isTrial = false

        init<Value: Sendable>(
            _ work: @escaping @Sendable (Database) throws -> Value,
            answering continuation: CheckedContinuation<Result<Value, StoreError>, Never>
        ) {
            self.work = { database in
                let value = try work(database)
                return { continuation.resume(returning: .success(value)) }
            }
            fail = { continuation.resume(returning: .failure($0)) }
        }
    }

    private struct State {
        var gathering: [Write] = []
        /// The number of writes that gather or are in the batch that is being committed.
        var unanswered = 0
        var draining = false
        var commits = 0
    }

    /// The largest number of writes that share a commit. It bounds what they add to the log.
    private static let batch = 512

    private let pool: DatabasePool
    private let files: OpenFiles
    private let growth: GrowthLimit
    /// The caller's work after each batch.
    private let tend: @Sendable (Database) -> Void
    private let limit: Int
    private let state = Locked(State())

    /// - Parameters:
    ///   - limit: The number of writes that may be unanswered at a time.
    ///   - tend: The caller's work after each batch, on the connection that writes.
    init(
        pool: DatabasePool, files: OpenFiles, growth: GrowthLimit, limit: Int,
        tend: @escaping @Sendable (Database) -> Void
    ) {
        (self.pool, self.files, self.growth, self.limit, self.tend) = (pool, files, growth, limit, tend)
    }

    var commits: Int { state.withLock { $0.commits } }
    var unanswered: Int { state.withLock { $0.unanswered } }

    /// Runs the work in the next batch, and returns what it returned once that is on disk. Work that throws is undone, and
    /// only this write fails.
    /// - Throws: The error of the work; `.busy` if too many are unanswered; the cause that kept the batch from being committed.
    func submit<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let outcome = await withCheckedContinuation { add(Write(work, answering: $0)) }
        return try outcome.get()
    }

    /// Finds out whether a write can be made. The commit of other writes shows it; if there are none, ``WriteTrial`` tries
    /// it and commits nothing.
    /// - Throws: The cause that would keep a write from being committed.
    func examine() async throws(StoreError) {
        let outcome: Result<Void, StoreError> = await withCheckedContinuation { continuation in
            var write = Write({ _ in }, answering: continuation)
            write.isTrial = true
            add(write)
        }
        try outcome.get()
    }

    private func add(_ write: Write) {
        switch admit(write) {
        case .success(let mustDrain):
            if mustDrain { pool.asyncWriteWithoutTransaction(drain) }
        case .failure(let refusal):
            write.fail(refusal)
        }
    }

    /// Adds a write, and returns whether the caller has to start the drain.
    private func admit(_ write: Write) -> Result<Bool, StoreError> {
        state.withLock { state in
            guard state.unanswered < limit else { return .failure(.busy) }
            state.gathering.append(write)
            state.unanswered += 1
            defer { state.draining = true }
            return .success(!state.draining)
        }
    }

    @Sendable private func drain(_ database: Database) {
        while let batch = takeBatch() {
            let answers = commit(batch, in: database)
            state.withLock { $0.unanswered -= batch.count }
            for answer in answers { answer() }
            tend(database)
        }
    }

    private func takeBatch() -> [Write]? {
        state.withLock { state in
            guard !state.gathering.isEmpty else {
                state.draining = false
                return nil
            }
            let batch = state.gathering.prefix(Self.batch)
            state.gathering.removeFirst(batch.count)
            return Array(batch)
        }
    }

    /// Commits a batch, and returns one answer for each write, in order. The files are looked at again after the commit: a
    /// write that went to a file that nobody will open again must not be acknowledged.
    private func commit(_ batch: [Write], in database: Database) -> [Answer] {
        do {
            try files.check()
            let isTrial = batch.allSatisfy(\.isTrial)
            var answers: [Answer] = []
            try database.inTransaction(.immediate) {
                growth.begin()
                answers = try batch.map { try run($0, in: database) }
                guard isTrial else { return .commit }
                try WriteTrial.run(in: database)
                return .rollback
            }
            try files.check()
            if !isTrial { state.withLock { $0.commits += 1 } }
            return answers
        } catch {
            let cause = StoreError(error)
            return batch.map { write in { write.fail(cause) } }
        }
    }

    /// Runs one write.
    /// - Throws: The failure that ended the whole transaction. Nothing of the batch is left then.
    private func run(_ write: Write, in database: Database) throws -> Answer {
        // GRDB's own savepoints would compile their statements anew each time.
        let connection = SQLiteConnection(database)
        try connection.change(SQL.savepoint, [])
        do {
            let answer = try write.work(database)
            try connection.change(SQL.release, [])
            return answer
        } catch {
            guard database.isInsideTransaction else { throw error }
            try connection.change(SQL.undo, [])
            try connection.change(SQL.release, [])
            let cause = StoreError(error)
            return { write.fail(cause) }
        }
    }
}

private enum SQL {
    static let savepoint: SQLText = "SAVEPOINT one_write"
    static let release: SQLText = "RELEASE one_write"
    static let undo: SQLText = "ROLLBACK TO one_write"
}
