import GRDB

/// Lets concurrent writes share a commit: while one batch is written to disk the next gathers, and then goes in one
/// transaction. Batches run on the connection's own serial queue.
final class WriteQueue: Sendable {
    /// Tells a caller what became of its write.
    private typealias Answer = @Sendable () -> Void

    /// A write, whatever its work returns.
    private struct Write: Sendable {
        /// Runs inside a savepoint of its own. What it throws is undone and fails this write only. The answer that it
        /// returns is for when the batch is on disk.
        let work: @Sendable (Database) throws -> Answer
        let fail: @Sendable (StoreError) -> Void
        /// Whether it only asks if the batch can be written, and changes nothing.
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
        /// Gathering or in the batch that is being committed.
        var unanswered = 0
        var draining = false
        var commits = 0
    }

    /// The writes that share a commit, at most: what they add to the log is bounded by it.
    private static let batch = 512

    private let pool: DatabasePool
    private let files: OpenFiles
    private let growth: GrowthLimit
    /// Called after each batch.
    private let tend: @Sendable (Database) -> Void
    private let limit: Int
    private let state = Locked(State())

    /// - Parameters:
    ///   - limit: How many writes may be unanswered at a time.
    ///   - tend: called after each batch, on the connection that writes.
    init(
        pool: DatabasePool, files: OpenFiles, growth: GrowthLimit, limit: Int,
        tend: @escaping @Sendable (Database) -> Void
    ) {
        (self.pool, self.files, self.growth, self.limit, self.tend) = (pool, files, growth, limit, tend)
    }

    var commits: Int { state.withLock { $0.commits } }
    var unanswered: Int { state.withLock { $0.unanswered } }

    /// Returns what the work returned once it is on disk. What the work throws is undone and fails this write only.
    /// - Throws: What the work threw; `.busy` when too many are unanswered; what kept the batch from being committed.
    func submit<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let outcome = await withCheckedContinuation { add(Write(work, answering: $0)) }
        return try outcome.get()
    }

    /// Finds out whether a write can be made. Beside other writes their commit shows it; alone it is tried by `WriteTrial`,
    /// which commits nothing.
    /// - Throws: What would keep a write from being committed.
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

    /// True when nobody is draining yet.
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

    /// One answer a write, in order. The files are looked at again after the commit: what went to a file that nobody
    /// will open again must not be acknowledged.
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

    /// - Throws: When the failure ended the whole transaction: nothing of the batch is left then.
    private func run(_ write: Write, in database: Database) throws -> Answer {
        // Not GRDB's own savepoints, which compile their statements anew each time.
        try execute("SAVEPOINT one_write", in: database)
        do {
            let answer = try write.work(database)
            try execute("RELEASE one_write", in: database)
            return answer
        } catch {
            guard database.isInsideTransaction else { throw error }
            try execute("ROLLBACK TO one_write", in: database)
            try execute("RELEASE one_write", in: database)
            let cause = StoreError(error)
            return { write.fail(cause) }
        }
    }

    private func execute(_ sql: String, in database: Database) throws {
        try database.cachedStatement(sql: sql).execute()
    }
}
