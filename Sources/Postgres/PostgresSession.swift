import Foundation
import Store
import Synchronization

/// What a thread of the pool does its work with: a connection, made anew when it is lost, and the rules by which work is
/// done again.
final class PostgresSession {
    private let address: PostgresAddress
    private let settings: PostgresStore.Settings
    private let losses: PostgresLosses
    private var connection: PostgresConnection?
    /// The losses that were known when the connection was made.
    private var known = 0
    private var writes = 0
    /// How many it has had.
    private(set) var connections = 0

    init(
        _ address: PostgresAddress, _ settings: PostgresStore.Settings, losses: PostgresLosses = PostgresLosses(),
        connection: PostgresConnection? = nil
    ) {
        (self.address, self.settings, self.losses, self.connection) = (address, settings, losses, connection)
    }

    func disconnect() { connection = nil }

    /// Runs a statement that changes nothing, and runs it again if it failed for a cause that passes.
    func read<Value>(
        until deadline: ContinuousClock.Instant, _ work: (PostgresTransaction) throws -> Value
    ) throws(StoreError) -> Value {
        try repeating(until: deadline) { connection throws(Interruption) in
            try Self.interruptible { try work(PostgresTransaction(connection)) }
        }
    }

    /// Runs the work as one transaction, which is committed once when this returns, and not at all when it throws.
    ///
    /// READ COMMITTED is enough, since every statement that decides is one that changes or locks the row it decides by:
    /// it waits for whoever has the row, and then looks at it anew. A stricter level would add conflicts and nothing else.
    ///
    /// - Throws: what the work threw; `.outcomeUnknown` if the connection was lost while it committed, and nobody can be
    ///   asked whether it did.
    func write<Value>(
        until deadline: ContinuousClock.Instant, _ work: (PostgresTransaction) throws -> Value
    ) throws(StoreError) -> Value {
        let value = try repeating(until: deadline) { connection throws(Interruption) in
            let mark = CommitMark()
            let value = try Self.interruptible {
                _ = try connection.execute("BEGIN")
                do {
                    try mark.leave(on: connection)
                    return try work(PostgresTransaction(connection))
                } catch {
                    // If it fails the connection is gone, and the transaction with it.
                    _ = try? connection.execute("ROLLBACK")
                    throw error
                }
            }
            try commit(mark, on: connection)
            return value
        }
        prune()
        return value
    }

    /// - Throws: `.failed` when it was not committed.
    private func commit(_ mark: CommitMark, on connection: PostgresConnection) throws(Interruption) {
        do throws(PostgresFailure) {
            let result = try connection.execute("COMMIT")
            guard result.tag == "COMMIT" else { throw .refused(code: "40001", message: result.tag) }
        } catch {
            guard error.leavesOutcomeOpen else { throw .failed(error) }
            drop()
            guard try wasCommitted(mark) else { throw .failed(error) }
        }
    }

    /// Asked for as long as it takes somebody to answer, though whoever waits for the write may have been told by then
    /// that it takes too long: a wrong answer would be worse than a late one.
    private func wasCommitted(_ mark: CommitMark) throws(Interruption) -> Bool {
        do throws(StoreError) {
            return try repeating(until: .now + settings.patience) { connection throws(Interruption) in
                do throws(PostgresFailure) {
                    return try mark.isThere(on: connection)
                } catch {
                    // It waits for the transaction itself, which the server has not given up yet.
                    if case .refused("57014", _) = error { throw .failed(.lost("no answer in time")) }
                    throw .failed(error)
                }
            }
        } catch {
            throw .ended(.outcomeUnknown)
        }
    }

    /// Why work stopped.
    private enum Interruption: Error {
        /// The database's doing: perhaps to be done again.
        case failed(PostgresFailure)
        /// For good.
        case ended(StoreError)
    }

    private static func interruptible<Value>(_ work: () throws -> Value) throws(Interruption) -> Value {
        do {
            return try work()
        } catch let error as PostgresFailure {
            throw .failed(error)
        } catch let error as StoreError {
            throw .ended(error)
        } catch {
            throw .ended(.failed("unexpected \(type(of: error))"))
        }
    }

    /// Runs the work until it is done, or fails for a cause that does not pass, or the deadline has come.
    private func repeating<Value>(
        until deadline: ContinuousClock.Instant, _ work: (PostgresConnection) throws(Interruption) -> Value
    ) throws(StoreError) -> Value {
        var pause = Duration.milliseconds(0)
        while true {
            do throws(Interruption) {
                return try work(try connected())
            } catch {
                guard case .failed(let failure) = error else {
                    guard case .ended(let cause) = error else { continue }
                    throw cause
                }
                if failure.isPassing { drop() }
                let mayPass = failure.isPassing || failure.isConflict
                guard mayPass, .now + pause < deadline else { throw StoreError(failure) }
            }
            // At once the first time: a connection that was idle may have been lost long ago.
            Thread.sleep(forTimeInterval: pause / .seconds(1) * .random(in: 0.5...1))
            pause = min(max(pause * 2, .milliseconds(5)), .milliseconds(500))
        }
    }

    /// One that was made since the last loss: what is idle now may have been lost with the others, and would be found out
    /// slowly, if the server's machine is gone.
    private func connected() throws(Interruption) -> PostgresConnection {
        if let connection, known == losses.count { return connection }
        (connection, known) = (nil, losses.count)
        do throws(PostgresFailure) {
            let made = try PostgresConnection(address, statementTimeout: settings.statementTimeout)
            connection = made
            connections += 1
            return made
        } catch {
            throw .failed(error)
        }
    }

    /// The connection is of no use any more.
    private func drop() {
        if connection.take() != nil { losses.note(after: known) }
    }

    /// Now and then drops the marks that nobody will ask for. If that fails the next one does it.
    private func prune() {
        writes += 1
        guard writes.isMultiple(of: 1000), let connection else { return }
        do throws(PostgresFailure) {
            try CommitMark.prune(on: connection)
        } catch {
            if error.isPassing { drop() }
        }
    }
}

/// Statements that are run one after another on a connection.
struct PostgresTransaction {
    private let connection: PostgresConnection

    init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    func rows(_ sql: String, _ parameters: PostgresValue...) throws -> [PostgresRow] {
        try rows(sql, parameters)
    }

    func rows(_ sql: String, _ parameters: [PostgresValue]) throws -> [PostgresRow] {
        try connection.execute(sql, parameters).rows
    }

    func row(_ sql: String, _ parameters: PostgresValue...) throws -> PostgresRow? {
        try connection.execute(sql, parameters).first
    }

    /// How many rows were inserted, changed or deleted.
    @discardableResult
    func change(_ sql: String, _ parameters: PostgresValue...) throws -> Int {
        try change(sql, parameters)
    }

    func change(_ sql: String, _ parameters: [PostgresValue]) throws -> Int {
        try connection.execute(sql, parameters).changes
    }
}

/// How often the sessions of a store have lost a connection, where those that were lost together count once.
final class PostgresLosses: Sendable {
    private let value = Atomic(0)

    var count: Int { value.load(ordering: .relaxed) }

    /// A connection was lost that was made when there were so many.
    func note(after known: Int) {
        _ = value.compareExchange(expected: known, desired: known + 1, ordering: .relaxed)
    }
}
