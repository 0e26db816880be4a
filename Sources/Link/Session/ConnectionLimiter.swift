import CoreMetrics
import Logging
import NIOCore
import POSIX
import Synchronization

/// Limits the open connections of all listeners of a daemon together, so that descriptors are left for links, the
/// database, and logs. At the limit, or when the system has no descriptor left, no connection is accepted.
package final class ConnectionLimiter: Sendable {
    private struct State {
        var open = 0
        /// The functions that let each listener accept again. They are called when a connection closes.
        var waiting: [ObjectIdentifier: @Sendable () -> Void] = [:]
        var lastReport: NIODeadline?
    }

    /// `pause`: the time after which a listener without a descriptor tries again. `reportInterval`: the time in which
    /// at most one line is logged.
    static let (pause, reportInterval) = (TimeAmount.seconds(1), TimeAmount.minutes(1))

    private let capacity: Int
    private let state = Mutex(State())
    private let logger: Logger?
    private let pauses: Counter?

    /// `capacity`: the most connections that may be open. `logger`, `pauses`: nil if pauses are not logged or not
    /// counted.
    package init(capacity: Int = .max, logger: Logger? = nil, pauses: Counter? = nil) {
        (self.capacity, self.logger, self.pauses) = (capacity, logger, pauses)
    }

    /// The number of open connections.
    package var open: Int { state.withLock { $0.open } }

    /// Counts a connection that was accepted.
    ///
    /// - Returns: whether another connection may be accepted. If not, `resume` is called as soon as one may be.
    func opened(_ listener: ObjectIdentifier, _ resume: @escaping @Sendable () -> Void) -> Bool {
        let hasRoom = state.withLock { state in
            state.open += 1
            if state.open >= capacity { state.waiting[listener] = resume }
            return state.open < capacity
        }
        if !hasRoom { report("the limit of connections is reached; new ones wait", now: .now()) }
        return hasRoom
    }

    /// Counts a connection that was closed.
    func closed() {
        let waiting = state.withLock { state in
            state.open -= 1
            guard state.open < capacity else { return State().waiting }
            defer { state.waiting = [:] }
            return state.waiting
        }
        for resume in waiting.values { resume() }
    }

    /// Notes that the system has no descriptor left. `resume` is called when a connection has closed.
    func ranOut(_ reason: String, _ listener: ObjectIdentifier, _ resume: @escaping @Sendable () -> Void) {
        state.withLock { $0.waiting[listener] = resume }
        report(reason, now: .now())
    }

    private func report(_ reason: String, now: NIODeadline) {
        pauses?.increment()
        let isDue = state.withLock { state in
            if let last = state.lastReport, now - last < Self.reportInterval { return false }
            state.lastReport = now
            return true
        }
        guard isDue else { return }
        logger?.warning(
            "no connections are accepted until others close", metadata: ["reason": "\(reason)", "open": "\(open)"])
    }
}
