import CPostgres
import Glibc
import Store

/// One connection, for one thread at a time. Every call blocks, and none for longer than its deadline.
final class PostgresConnection {
    private let handle: OpaquePointer
    /// The statements that the server has prepared for this connection, by their SQL.
    private var prepared: [String: String] = [:]
    private let statementTimeout: Duration

    /// - Throws: `.lost` in libpq's words, which name host, user and database.
    init(_ address: PostgresAddress, statementTimeout: Duration) throws(PostgresFailure) {
        self.statementTimeout = statementTimeout
        handle = try PostgresRace.connect(address)
        // The standard one writes to standard error.
        _ = libpq.PQsetNoticeProcessor(handle, { _, _ in }, nil)
        try prepareSession()
    }

    deinit { libpq.PQfinish(handle) }

    /// What the session needs whatever the server's own settings are. Who stops in the middle of a transaction does not
    /// keep his locks for ever.
    private func prepareSession() throws(PostgresFailure) {
        let milliseconds = statementTimeout / .milliseconds(1)
        _ = try execute("SET statement_timeout = \(Int(milliseconds))")
        _ = try execute("SET idle_in_transaction_session_timeout = \(Int(3 * milliseconds))")
        _ = try execute("SET default_transaction_isolation = 'read committed'")
        // Whoever chose to have more than the standard keeps it.
        if try execute("SHOW synchronous_commit").first?.text(0) == "off" {
            _ = try execute("SET synchronous_commit = on")
        }
    }

    /// Runs one statement, prepared by its first use.
    func execute(_ sql: String, _ parameters: [PostgresValue] = []) throws(PostgresFailure) -> PostgresResult {
        let name = try prepare(sql, parameters)
        let encoded = PostgresValue.Encoded(parameters)
        return try answer(
            encoded.withPointers { values in
                libpq.PQsendQueryPrepared(
                    handle, name, Int32(parameters.count), values, encoded.lengths, encoded.formats,
                    PostgresValue.binary)
            })
    }

    /// Runs SQL that is done once, several statements perhaps.
    func run(script: String) throws(PostgresFailure) {
        _ = try answer(libpq.PQsendQuery(handle, script))
    }

    /// A round trip less for each is gained by keeping them.
    private func prepare(_ sql: String, _ parameters: [PostgresValue]) throws(PostgresFailure) -> String {
        if let name = prepared[sql] { return name }
        let name = "clavero_\(prepared.count)"
        _ = try answer(libpq.PQsendPrepare(handle, name, sql, Int32(parameters.count), parameters.map(\.type)))
        prepared[sql] = name
        return name
    }

    /// What the server answers to something that was sent, if it was.
    private func answer(_ sent: Int32) throws(PostgresFailure) -> PostgresResult {
        guard sent == 1 else { throw lost() }
        // The server ends a statement by itself; who answers later than that is gone.
        let deadline = ContinuousClock.now + statementTimeout + .seconds(2)
        var failure: PostgresFailure?
        var last: PostgresResult?
        while let result = try nextResult(until: deadline) {
            last = result
            if failure == nil { failure = result.failure }
        }
        // After a failure that ends the session there is nothing to be had from it.
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

    /// In the words of the server, if it said why it ends the session.
    private func lost(_ failure: PostgresFailure? = nil) -> PostgresFailure {
        if case .refused(_, let message) = failure, !message.isEmpty { return .lost(message) }
        return .lost(String(oneLineOf: libpq.PQerrorMessage(handle)))
    }
}
