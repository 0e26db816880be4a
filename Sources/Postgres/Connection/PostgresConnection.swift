import CPostgres
import Glibc
import Store

/// A connection to a server, for one thread at a time. Every call blocks, and none for longer than its deadline.
final class PostgresConnection {
    private let handle: OpaquePointer
    /// The statements that the server has prepared for this connection, by their SQL.
    private var prepared: [String: String] = [:]
    private let statementTimeout: Duration

    /// - Throws: `.lost` in libpq's words, which name host, user and database.
    init(_ address: PostgresAddress, statementTimeout: Duration) throws(PostgresFailure) {
        self.statementTimeout = statementTimeout
        handle = try PostgresRace.connect(address)
        // The standard processor of notices writes to standard error.
        _ = libpq.PQsetNoticeProcessor(handle, { _, _ in }, nil)
        try prepareSession()
    }

    deinit { libpq.PQfinish(handle) }

    /// Makes the settings that the session needs, whatever the server's own ones are. A process that stops in the middle of
    /// a transaction does not keep its locks for ever.
    private func prepareSession() throws(PostgresFailure) {
        let milliseconds = statementTimeout / .milliseconds(1)
        _ = try execute("SET statement_timeout = \(Int(milliseconds))")
        _ = try execute("SET idle_in_transaction_session_timeout = \(Int(3 * milliseconds))")
        _ = try execute("SET default_transaction_isolation = 'read committed'")
        // An operator who chose more than the standard keeps it.
        if try execute("SHOW synchronous_commit").first?.text(0) == "off" {
            _ = try execute("SET synchronous_commit = on")
        }
    }

    /// Runs one statement, which its first use prepares.
    func execute(_ sql: String, _ values: [SQLValue] = []) throws(PostgresFailure) -> PostgresResult {
        let name = try prepare(sql, values)
        let arguments = PostgresArguments(values)
        return try answer(
            arguments.withPointers { pointers in
                libpq.PQsendQueryPrepared(
                    handle, name, Int32(values.count), pointers, arguments.lengths, arguments.formats,
                    PostgresArguments.binary)
            })
    }

    /// Runs SQL that is done once, possibly several statements.
    func run(script: String) throws(PostgresFailure) {
        _ = try answer(libpq.PQsendQuery(handle, script))
    }

    /// Runs the work as one transaction, which is undone if the work throws.
    /// - Parameter begin: The statement that begins the transaction.
    func transaction<Value>(_ begin: String, _ work: () throws -> Value) throws -> Value {
        _ = try execute(begin)
        do {
            let value = try work()
            guard try execute("COMMIT").tag == "COMMIT" else { throw StoreError.busy }
            return value
        } catch {
            _ = try? execute("ROLLBACK")
            throw error
        }
    }

    /// Returns the name of the prepared statement. A statement that is kept saves a round trip at each use.
    private func prepare(_ sql: String, _ values: [SQLValue]) throws(PostgresFailure) -> String {
        if let name = prepared[sql] { return name }
        let name = "clavero_\(prepared.count)"
        _ = try answer(
            libpq.PQsendPrepare(handle, name, sql, Int32(values.count), values.map { PostgresArguments.type(of: $0) }))
        prepared[sql] = name
        return name
    }

    /// Returns the server's answer to something that was sent, if it was.
    private func answer(_ sent: Int32) throws(PostgresFailure) -> PostgresResult {
        guard sent == 1 else { throw lost() }
        // The server ends a statement by itself. A server that answers later than that is gone.
        let deadline = ContinuousClock.now + statementTimeout + .seconds(2)
        var failure: PostgresFailure?
        var last: PostgresResult?
        while let result = try nextResult(until: deadline) {
            last = result
            if failure == nil { failure = result.failure }
        }
        // After a failure that ends the session the connection is of no use.
        guard libpq.PQstatus(handle) == CONNECTION_OK else { throw lost(failure) }
        if let failure { throw failure }
        guard let last else { throw lost() }
        return last
    }

    private func nextResult(until deadline: ContinuousClock.Instant) throws(PostgresFailure) -> PostgresResult? {
        while libpq.PQisBusy(handle) == 1 {
            let remaining = max((deadline - .now) / .milliseconds(1), 0)
            var descriptor = pollfd(fd: libpq.PQsocket(handle), events: Int16(POLLIN), revents: 0)
            let ready = poll(&descriptor, 1, Int32(remaining.rounded(.up)))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { throw .lost("no answer in time") }
            guard libpq.PQconsumeInput(handle) == 1 else { throw lost() }
        }
        return libpq.PQgetResult(handle).map { PostgresResult($0) }
    }

    /// Returns the loss of the connection, in the words of the server if it said why it ends the session.
    private func lost(_ failure: PostgresFailure? = nil) -> PostgresFailure {
        if case .refused(_, let message) = failure, !message.isEmpty { return .lost(message) }
        return .lost(String(oneLineOf: libpq.PQerrorMessage(handle)))
    }
}

extension PostgresConnection: StoreConnection {
    func run(_ text: SQLText, _ arguments: [SQLValue], _ body: (any StoreRow) throws -> Void) throws {
        for row in try execute(text.postgres, arguments).rows { try body(row) }
    }

    func change(_ text: SQLText, _ arguments: [SQLValue]) throws -> Int {
        try execute(text.postgres, arguments).changes
    }
}
