import Store
import Synchronization

/// Asks the database for its mark.
///
/// One question answers all who wait at the same time, on a connection of its own, so that it costs a busy server next
/// to nothing and waits behind no write. A question that is under way counts for nobody who came later. A mark never
/// outlives its connection: the next server may have missed accounts that this one had.
///
/// Every request asks for the mark. So the thread that has the answer resumes those who wait, without the task that a
/// ``SharedQuestion`` needs.
final class PostgresMarks: Sendable {
    private typealias Continuation = CheckedContinuation<Result<StoreMark, StoreError>, Never>

    private let pool: PostgresPool
    private let patience: Duration
    private let waiting = Mutex<[Continuation]>([])

    /// - Parameter patience: The time for which the question is tried anew.
    init(patience: Duration, session: @escaping @Sendable () -> PostgresSession) {
        self.patience = patience
        pool = PostgresPool(threads: 1, waiting: .max, session: session)
    }

    /// The number of callers that wait for the next question.
    var waitingCount: Int { waiting.withLock { $0.count } }

    func mark() async throws(StoreError) -> StoreMark {
        try await withCheckedContinuation { continuation in
            let isFirst = waiting.withLock { waiting in
                waiting.append(continuation)
                return waiting.count == 1
            }
            if isFirst { ask() }
        }.get()
    }

    func close() async { await pool.close() }

    private func ask() {
        do throws(StoreError) {
            try pool.submit { [self] session in
                // They are taken before the question is asked: it does not count for callers from now on.
                let askers = takeWaiting()
                let deadline = ContinuousClock.now + patience
                let outcome = Result { () throws(StoreError) in try Self.read(on: session, until: deadline) }
                pool.answered()
                for asker in askers { asker.resume(returning: outcome) }
            }
        } catch {
            for asker in takeWaiting() { asker.resume(returning: .failure(error)) }
        }
    }

    private func takeWaiting() -> [Continuation] {
        waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }

    private static func read(
        on session: PostgresSession, until deadline: ContinuousClock.Instant
    ) throws(StoreError) -> StoreMark {
        try session.read(until: deadline) { connection in
            try StoreMark(from: connection, number: UInt64(session.connections))
        }
    }
}
