import Foundation
import Store

/// Threads that block on the database so that nobody else has to, each with a connection of its own.
///
/// A thread starts when there is work and no other is idle, up to the bound. It ends with the pool.
final class PostgresPool: @unchecked Sendable {
    typealias Job = @Sendable (PostgresSession) -> Void

    private let limit: Int
    private let waitingLimit: Int
    private let makeSession: @Sendable () -> PostgresSession

    /// The condition that guards the properties below.
    private let condition = NSCondition()
    /// The jobs, first in, first out: new ones are appended to `incoming`, which is reversed when `outgoing` is empty.
    private var incoming: [Job] = []
    private var outgoing: [Job] = []
    private var unanswered = 0
    private var threads = 0
    private var idle = 0
    private var isClosed = false
    private var ended: [@Sendable () -> Void] = []

    /// - Parameters:
    ///   - threads: The largest number of threads.
    ///   - waiting: The number of jobs that may be unanswered.
    init(threads: Int, waiting: Int, session: @escaping @Sendable () -> PostgresSession) {
        (limit, waitingLimit, makeSession) = (threads, waiting, session)
    }

    var waiting: Int { condition.withLock { unanswered } }

    /// Returns what the work returned, or why there is nothing: `.busy` if too many are waiting, or if the work has waited
    /// for longer than `patience`; `.closed`.
    /// - Parameter work: Gets a session, and the time until which it may be tried anew.
    func outcome<Value: Sendable>(
        patience: Duration,
        _ work: @escaping @Sendable (PostgresSession, ContinuousClock.Instant) throws(StoreError) -> Value
    ) async -> Result<Value, StoreError> {
        let deadline = ContinuousClock.now + patience
        return await withCheckedContinuation { continuation in
            do throws(StoreError) {
                try submit { [self] session in
                    let outcome: Result<Value, StoreError> =
                        .now < deadline
                        ? Result { () throws(StoreError) in try work(session, deadline) } : .failure(.busy)
                    answered()
                    continuation.resume(returning: outcome)
                }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
    }

    /// Submits a job, which has to call ``answered()`` when it knows its answer.
    /// - Throws: `.busy` if too many are waiting, `.closed`.
    func submit(_ job: @escaping Job) throws(StoreError) {
        let refusal: StoreError? = condition.withLock {
            guard !isClosed else { return .closed }
            guard unanswered < waitingLimit else { return .busy }
            unanswered += 1
            incoming.append(job)
            if idle > 0 {
                condition.signal()
            } else if threads < limit {
                threads += 1
                Thread.detachNewThread { self.work() }
            }
            return nil
        }
        if let refusal { throw refusal }
    }

    /// Notes that a job knows its answer.
    func answered() { condition.withLock { unanswered -= 1 } }

    /// Finishes the jobs that were submitted before, and ends the connections. It may be called several times.
    func close() async {
        await withCheckedContinuation { continuation in
            let isOver = condition.withLock {
                isClosed = true
                condition.broadcast()
                if threads > 0 { ended.append { continuation.resume() } }
                return threads == 0
            }
            if isOver { continuation.resume() }
        }
    }

    private func work() {
        let session = makeSession()
        while let job = next() {
            job(session)
        }
        session.disconnect()
        let waiting = condition.withLock {
            threads -= 1
            defer { if threads == 0 { ended = [] } }
            return threads == 0 ? ended : []
        }
        for resume in waiting { resume() }
    }

    /// Returns the next job; nil if the pool is closed and no job is left.
    private func next() -> Job? {
        condition.withLock {
            while incoming.isEmpty, outgoing.isEmpty, !isClosed {
                idle += 1
                condition.wait()
                idle -= 1
            }
            if outgoing.isEmpty { (outgoing, incoming) = (incoming.reversed(), []) }
            return outgoing.popLast()
        }
    }
}
