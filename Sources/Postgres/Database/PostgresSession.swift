import Foundation
import Store
import Synchronization

/// The connection of one thread of the pool, which is made anew when it is lost, and the rules by which work is done
/// again.
final class PostgresSession {
    private let address: PostgresAddress
    private let settings: PostgresDriver.Settings
    private let losses: PostgresLosses
    private var connection: PostgresConnection?
    /// The number of losses that were known when the connection was made.
    private var known = 0
    private var writes = 0
    /// The number of connections that the session has had.
    private(set) var connections = 0

    init(
        _ address: PostgresAddress, _ settings: PostgresDriver.Settings, losses: PostgresLosses = PostgresLosses()
    ) {
        (self.address, self.settings, self.losses) = (address, settings, losses)
    }

    func disconnect() { connection = nil }

    /// Runs statements that change nothing, and runs them again if they failed for a cause that passes.
    func read<Value>(
        until deadline: ContinuousClock.Instant, _ work: (PostgresConnection) throws -> Value
    ) throws(StoreError) -> Value {
        try repeating(until: deadline) { connection throws(Interruption) in
            try Self.interruptible { try work(connection) }
        }
    }

    /// Runs the work as one transaction, which is committed once when this returns, and not at all when it throws.
    ///
    /// READ COMMITTED is enough, since every statement that decides changes or locks the row by which it decides: it waits
    /// for the transaction that has the row, and then looks at it anew. A stricter level would add conflicts and nothing
    /// else.
    ///
    /// - Throws: The error of the work; `.outcomeUnknown` if the connection was lost while it committed, and nobody can be
    ///   asked whether it did.
    func write<Value>(
        until deadline: ContinuousClock.Instant, _ work: (PostgresConnection) throws -> Value
    ) throws(StoreError) -> Value {
        let value = try repeating(until: deadline) { connection throws(Interruption) in
            let mark = CommitMark()
            let value = try Self.interruptible {
                _ = try connection.execute("BEGIN")
                do {
                    try mark.leave(on: connection)
                    return try work(connection)
                } catch {
                    // If this fails the connection is gone, and the transaction with it.
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

    /// - Throws: `.failed` if the transaction was not committed.
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

    /// Asks for as long as it takes somebody to answer, though the caller may have been told by then that the write takes
    /// too long: a wrong answer would be worse than a late one.
    private func wasCommitted(_ mark: CommitMark) throws(Interruption) -> Bool {
        do throws(StoreError) {
            return try repeating(until: .now + settings.patience) { connection throws(Interruption) in
                do throws(PostgresFailure) {
                    return try mark.isThere(on: connection)
                } catch {
                    // The question waits for the transaction itself, which the server has not given up yet.
                    if case .refused("57014", _) = error { throw .failed(.lost("no answer in time")) }
                    throw .failed(error)
                }
            }
        } catch {
            throw .ended(.outcomeUnknown)
        }
    }

    /// The cause for which work stopped.
    private enum Interruption: Error {
        /// The database failed. The work may be done again.
        case failed(PostgresFailure)
        /// The work ended for good.
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
            // There is no pause the first time: a connection that was idle may have been lost long ago.
            Thread.sleep(forTimeInterval: pause / .seconds(1) * .random(in: 0.5...1))
            pause = min(max(pause * 2, .milliseconds(5)), .milliseconds(500))
        }
    }

    /// Returns a connection that was made since the last loss. An idle one may have been lost with the others, which would
    /// be found out slowly if the server's machine is gone.
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

    /// Drops a connection that is no longer of use.
    private func drop() {
        if connection.take() != nil { losses.note(after: known) }
    }

    /// Drops, now and then, the marks that nobody will ask for. If that fails the next write does it.
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

/// The number of times that the sessions of a store have lost a connection. Connections that were lost together count
/// once.
final class PostgresLosses: Sendable {
    private let value = Atomic(0)

    var count: Int { value.load(ordering: .relaxed) }

    /// Counts the loss of a connection that was made when there were `known` losses.
    func note(after known: Int) {
        _ = value.compareExchange(expected: known, desired: known + 1, ordering: .relaxed)
    }
}
