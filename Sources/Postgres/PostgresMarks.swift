import Store
import Synchronization

/// Asks the database what its mark is.
///
/// It is asked once for all that wait at the same time, on a connection of its own, so that it costs a server with much
/// to do next to nothing and waits behind no write. A question that is under way counts for nobody who came later. A
/// random value cannot come back with other accounts behind it, as a number would where a standby that had missed
/// changes became the primary; new accounts that it had missed are forgotten with the connection.
final class PostgresMarks: Sendable {
    private typealias Continuation = CheckedContinuation<Result<StoreMark, StoreError>, Never>

    private let pool: PostgresPool
    private let patience: Duration
    private let waiting = Mutex<[Continuation]>([])

    /// `patience`: how long the question is tried anew.
    init(patience: Duration, session: @escaping @Sendable () -> PostgresSession) {
        self.patience = patience
        // Who waits is counted by those who ask.
        pool = PostgresPool(threads: 1, waiting: .max, session: session)
    }

    /// How many wait for the next question.
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
                // Before it is asked: whoever comes from now on is the next question's.
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
        let value = try session.read(until: deadline) { transaction in
            guard let row = try transaction.row(SQL.read) else { throw StoreError.corrupt }
            return try row.value { $0.bytes(0) }
        }
        return StoreMark(value: value, connection: UInt64(session.connections))
    }

    private enum SQL {
        static let read = "SELECT value FROM mark"
    }
}

extension PostgresTransaction {
    /// As the last statement of a transaction that has changed accounts or keys: those who do come here one after
    /// another.
    func renewMark() throws {
        let value = StoreMark.newValue()
        guard try change("UPDATE mark SET value = $1", .bytes(value)) == 1 else { throw StoreError.corrupt }
    }

    /// Changes one account, and renews the mark if it did: whether it did.
    func changeAccount(_ sql: String, _ parameters: PostgresValue...) throws -> Bool {
        guard try change(sql, parameters) == 1 else { return false }
        try renewMark()
        return true
    }
}
