import GRDB

/// Lets concurrent writes share a commit: while one batch is written to disk the next gathers, and then goes in one
/// transaction. Batches run on the connection's own serial queue.
final class WriteQueue: Sendable {
    /// Runs inside a savepoint of its own. What it throws is undone and fails this write only.
    typealias Work = @Sendable (Database) throws -> Bool
    typealias Outcome = Result<Bool, StoreError>

    private struct Write {
        let work: Work
        let continuation: CheckedContinuation<Outcome, Never>
    }

    private struct State {
        var gathering: [Write] = []
        /// Gathering or in the batch that is being committed.
        var unanswered = 0
        var draining = false
        var commits = 0
    }

    private let pool: DatabasePool
    private let files: OpenFiles
    private let limit: Int
    private let state = Locked(State())

    /// - Parameter limit: How many writes may be unanswered at a time.
    init(pool: DatabasePool, files: OpenFiles, limit: Int) {
        (self.pool, self.files, self.limit) = (pool, files, limit)
    }

    var commits: Int { state.withLock { $0.commits } }
    var unanswered: Int { state.withLock { $0.unanswered } }

    /// Returns what the work returned once it is on disk.
    /// - Throws: What the work threw; `.busy` when too many are unanswered; what kept the batch from being committed.
    func submit(_ work: @escaping Work) async throws(StoreError) -> Bool {
        let outcome: Outcome = await withCheckedContinuation { continuation in
            switch admit(Write(work: work, continuation: continuation)) {
            case .success(let mustDrain):
                if mustDrain { pool.asyncWriteWithoutTransaction(drain) }
            case .failure(let refusal):
                continuation.resume(returning: .failure(refusal))
            }
        }
        return try outcome.get()
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
            let outcomes = commit(batch, in: database)
            state.withLock { $0.unanswered -= batch.count }
            for (write, outcome) in zip(batch, outcomes) {
                write.continuation.resume(returning: outcome)
            }
        }
    }

    private func takeBatch() -> [Write]? {
        state.withLock { state in
            guard !state.gathering.isEmpty else {
                state.draining = false
                return nil
            }
            defer { state.gathering = [] }
            return state.gathering
        }
    }

    /// One outcome a write, in order. The files are looked at again after the commit: what went to a file that nobody
    /// will open again must not be acknowledged.
    private func commit(_ batch: [Write], in database: Database) -> [Outcome] {
        do {
            try files.check()
            var outcomes: [Outcome] = []
            try database.inTransaction(.immediate) {
                outcomes = try batch.map { try run($0, in: database) }
                return .commit
            }
            try files.check()
            state.withLock { $0.commits += 1 }
            return outcomes
        } catch {
            return batch.map { _ in .failure(StoreError(error)) }
        }
    }

    /// - Throws: When the failure ended the whole transaction: nothing of the batch is left then.
    private func run(_ write: Write, in database: Database) throws -> Outcome {
        do {
            var value = false
            try database.inSavepoint {
                value = try write.work(database)
                return .commit
            }
            return .success(value)
        } catch {
            guard database.isInsideTransaction else { throw error }
            return .failure(StoreError(error))
        }
    }
}
