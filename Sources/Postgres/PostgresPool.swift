import Foundation
import Store

/// Threads that block on the database so that nobody else has to, each with a connection of its own.
///
/// A thread is started when there is work and no other is idle, up to the bound; it ends with the pool.
final class PostgresPool: @unchecked Sendable {
    typealias Job = @Sendable (PostgresSession) -> Void

    private let limit: Int
    private let waitingLimit: Int
    private let makeSession: @Sendable () -> PostgresSession

    /// Guards what is below.
    private let condition = NSCondition()
    /// First in, first out: what comes is put behind `incoming`, and turned round when `outgoing` is empty.
    private var incoming: [Job] = []
    private var outgoing: [Job] = []
    private var unanswered = 0
    private var threads = 0
    private var idle = 0
    private var isClosed = false
    private var ended: [@Sendable () -> Void] = []

    /// - Parameters:
    ///   - threads: How many there are at most.
    ///   - waiting: How many jobs may be unanswered.
    init(threads: Int, waiting: Int, session: @escaping @Sendable () -> PostgresSession) {
        (limit, waitingLimit, makeSession) = (threads, waiting, session)
    }

    var waiting: Int { condition.withLock { unanswered } }

    /// - Throws: `.busy` when too many are waiting, `.closed`.
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

    /// Does what was asked for before, and ends the connections. To be waited for as often as one likes.
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

    /// Nil when the pool is closed and nothing is left to be done.
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

    /// A job has its answer.
    func answered() { condition.withLock { unanswered -= 1 } }
}
