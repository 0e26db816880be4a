import Store

/// A PostgreSQL database, which servers on any number of machines share.
///
/// Statements run on threads of the driver's own, each with a connection. If one failed because the connection was lost
/// or because it conflicted with another one, it is done again, for as long as `patience` says. If the connection was lost
/// during a commit, the driver first finds out whether it was made (``CommitMark``). Every read asks the server, so each
/// server sees at once what another one has changed. Callers that keep what they read ask for the mark
/// (``PostgresMarks``).
package final class PostgresDriver: StoreDriver {
    private let pool: PostgresPool
    private let marks: PostgresMarks
    /// The pool of examinations, which must not wait for other requests: one thread with its own connection.
    private let examiner: PostgresPool
    private let settings: Settings

    /// The choices that can be made when a database is opened.
    package struct Settings: Sendable {
        /// The largest number of connections, and of threads.
        package var connections: Int
        /// The number of reads and writes that may be unanswered. Further ones are refused as `.busy`.
        package var waiting: Int
        /// The time that the server has for one statement, and for a lock that it needs.
        package var statementTimeout: Duration
        /// The time for which one read or write is tried anew.
        package var patience: Duration

        package init(
            connections: Int = 8, waiting: Int = 10_000, statementTimeout: Duration = .seconds(5),
            patience: Duration = .seconds(10)
        ) {
            (self.connections, self.waiting) = (connections, waiting)
            (self.statementTimeout, self.patience) = (statementTimeout, patience)
        }
    }

    /// The time for which an examination is tried anew, and the time that one statement of it has.
    private static let patienceOfExaminer = Duration.milliseconds(500)
    private static let timeoutOfExaminer = Duration.seconds(2)

    /// Opens a database with tables that ``create(at:)`` made, and brings them up to date. Blocks while it does, for
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
        } catch {
            throw OpenError(path: address.description, cause: StoreError(error))
        }
    }

    // MARK: - Statements

    package func read<Value: Sendable>(
        _ method: StaticString, _ work: @escaping @Sendable (any StoreConnection) throws -> Value
    ) async throws(StoreError) -> Value {
        try await pool.outcome(patience: settings.patience) { session, deadline throws(StoreError) in
            try session.read(until: deadline, work)
        }.get()
    }

    /// Strangers are not limited here: only the operator of the server knows how much room it has.
    package func write<Value: Sendable>(
        _ method: StaticString, for writer: StoreWriter,
        _ work: @escaping @Sendable (any StoreConnection) throws -> Value
    ) async throws(StoreError) -> Value {
        try await pool.outcome(patience: settings.patience) { session, deadline throws(StoreError) in
            try session.write(until: deadline, work)
        }.get()
    }

    /// The server overwrites deleted rows by itself.
    package func eraseDeleted() async -> Forgetting { .leftToServer }

    // MARK: - The mark

    /// Always nil: another server may have changed it, so the database has to be asked.
    package var mark: StoreMark? { nil }

    package func askMark() async throws(StoreError) -> StoreMark? { try await marks.mark() }

    /// The number of callers that asked for the mark and are not in the question that is under way.
    var marksWaiting: Int { marks.waitingCount }

    // MARK: - Health

    /// Reads are among them: what waits may be either.
    package var waitingWrites: Int { pool.waiting }

    package func examine() async throws(StoreError) -> StoreExamination {
        try await examiner.outcome(patience: Self.patienceOfExaminer) { session, deadline throws(StoreError) in
            try session.read(until: deadline) { connection in
                StoreExamination(
                    rootKeyID: try Store.rootKeyID(on: connection),
                    clockDifference: try PostgresServer.clockDifference(on: connection))
            }
        }.get()
    }

    /// Commits a transaction that leaves its mark (``CommitMark``) and nothing else.
    package func examineWrites() async throws(StoreError) {
        try await examiner.outcome(patience: Self.patienceOfExaminer) { session, deadline throws(StoreError) in
            try session.write(until: deadline) { _ in }
        }.get()
    }

    package func close() async throws(StoreError) {
        await pool.close()
        await marks.close()
        await examiner.close()
    }
}

extension Store {
    /// Opens a PostgreSQL database with tables that ``PostgresDriver/create(at:)`` made, and brings them up to date. Blocks
    /// while it does, for some seconds if a server does not answer.
    /// - Throws: `.unreachable` (also for a wrong password or name), `.schemaTooNew`, `.unfinished`, `.failed`.
    package convenience init(
        at address: PostgresAddress, settings: PostgresDriver.Settings = PostgresDriver.Settings()
    ) throws(OpenError) {
        self.init(try PostgresDriver(at: address, settings: settings))
    }
}
