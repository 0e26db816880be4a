import Store

/// Accounts and keys in a PostgreSQL database, which servers on any number of machines share.
///
/// Statements run on threads of the store's own, each with a connection. One that failed since the connection was lost,
/// or since it conflicted with another, is done again, for as long as `patience` says; a write whose connection was lost
/// while it committed is looked for first (`CommitMark`). Every read asks the server, so what one server has changed every
/// other sees at once; whoever keeps what was read asks for the mark (`PostgresMarks`).
package final class PostgresStore: OpenStore {
    private let pool: PostgresPool
    private let marks: PostgresMarks
    /// The pool of examinations, which must not wait for other requests: one thread with its own connection.
    private let examiner: PostgresPool
    private let settings: Settings

    /// What can be chosen when a store is opened.
    package struct Settings: Sendable {
        /// Connections at most, and threads.
        package var connections: Int
        /// Reads and writes that may be unanswered; those beyond are refused as `.busy`.
        package var waiting: Int
        /// How long the server may take for one statement, and for what holds a lock that it needs.
        package var statementTimeout: Duration
        /// How long one read or write is tried anew.
        package var patience: Duration

        package init(
            connections: Int = 8, waiting: Int = 10_000, statementTimeout: Duration = .seconds(5),
            patience: Duration = .seconds(10)
        ) {
            (self.connections, self.waiting) = (connections, waiting)
            (self.statementTimeout, self.patience) = (statementTimeout, patience)
        }
    }

    /// How long an examination is tried anew, and how long one statement of it may take.
    private static let patienceOfExaminer = Duration.milliseconds(500)
    private static let timeoutOfExaminer = Duration.seconds(2)

    /// Opens a database that `create(at:)` has put its tables in, and brings them up to date. Blocks while it does, for
    /// some seconds if a server does not answer.
    /// - Throws: `.unreachable` (also for a wrong password or name), `.schemaTooNew`, `.unfinished`, `.failed`.
    package init(at address: PostgresAddress, settings: Settings = Settings()) throws(OpenError) {
        self.settings = settings
        try Self.connecting(to: address, settings) { connection in
            try PostgresSchema.update(on: connection)
            try PostgresSchema.requireFinished(on: connection)
        }
        let losses = PostgresLosses()
        let session: @Sendable () -> PostgresSession = { PostgresSession(address, settings, losses: losses) }
        pool = PostgresPool(threads: settings.connections, waiting: settings.waiting, session: session)
        marks = PostgresMarks(patience: settings.patience, session: session)
        // An examination gives up early. That must not count as a loss of the database for the other pool.
        var hasty = settings
        (hasty.statementTimeout, hasty.patience) = (Self.timeoutOfExaminer, Self.patienceOfExaminer)
        examiner = PostgresPool(threads: 1, waiting: 2) { [hasty] in PostgresSession(address, hasty) }
    }

    /// Makes the tables in a database that has none of these names, all of them or none. Blocks.
    /// - Throws: `.exists`, `.unreachable`, `.failed`.
    package static func create(at address: PostgresAddress) throws(OpenError) {
        try connecting(to: address, Settings()) { connection in try PostgresSchema.create(on: connection) }
    }

    private static func connecting(
        to address: PostgresAddress, _ settings: Settings, _ work: (PostgresConnection) throws -> Void
    ) throws(OpenError) {
        do {
            let connection = try PostgresConnection(address, statementTimeout: settings.statementTimeout)
            try PostgresServer.check(on: connection)
            try work(connection)
        } catch let error as PostgresFailure {
            throw OpenError(path: address.description, cause: StoreError(error))
        } catch {
            let cause = error as? StoreError ?? .failed("unexpected \(type(of: error))")
            throw OpenError(path: address.description, cause: cause)
        }
    }

    /// Reads as well: what waits may be either.
    package var waitingWrites: Int { pool.waiting }

    /// How many have asked for the mark and are not in the question that is under way.
    var marksWaiting: Int { marks.waitingCount }

    package func askMark() async throws(StoreError) -> StoreMark? { try await marks.mark() }

    package func close() async throws(StoreError) {
        await pool.close()
        await marks.close()
        await examiner.close()
    }

    /// Runs one statement that changes nothing.
    func read<Value: Sendable>(
        _ work: @escaping @Sendable (PostgresTransaction) throws -> Value
    ) async throws(StoreError) -> Value {
        try await submit { session, deadline throws(StoreError) in try session.read(until: deadline, work) }
    }

    /// Runs the work in a transaction of its own, perhaps several times, and returns what it returned once that is on
    /// disk. What it throws undoes it.
    func write<Value: Sendable>(
        _ work: @escaping @Sendable (PostgresTransaction) throws -> Value
    ) async throws(StoreError) -> Value {
        try await submit { session, deadline throws(StoreError) in try session.write(until: deadline, work) }
    }

    /// Does the work as `read` and `write` do, beside them and with little patience.
    func examining<Value: Sendable>(
        _ work: @escaping @Sendable (PostgresSession, ContinuousClock.Instant) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        try await Self.submit(to: examiner, patience: Self.patienceOfExaminer, work)
    }

    private func submit<Value: Sendable>(
        _ work: @escaping @Sendable (PostgresSession, ContinuousClock.Instant) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        try await Self.submit(to: pool, patience: settings.patience, work)
    }

    private static func submit<Value: Sendable>(
        to pool: PostgresPool, patience: Duration,
        _ work: @escaping @Sendable (PostgresSession, ContinuousClock.Instant) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let deadline = ContinuousClock.now + patience
        let outcome: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            do throws(StoreError) {
                try pool.submit { session in
                    // Who has waited for too long is told so, and not kept waiting for longer.
                    let outcome: Result<Value, StoreError> =
                        .now < deadline
                        ? Result { () throws(StoreError) in try work(session, deadline) } : .failure(.busy)
                    pool.answered()
                    continuation.resume(returning: outcome)
                }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        return try outcome.get()
    }
}
