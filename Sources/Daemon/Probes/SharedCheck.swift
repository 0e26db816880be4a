import Synchronization

/// Runs a check once for all callers that ask at the same time. No caller waits longer than a limit.
///
/// Only one check runs at a time, however many callers ask, and however long it takes.
package final class SharedCheck<Value: Sendable>: Sendable {
    private struct State {
        /// The time at which the running check began; nil if none is running.
        var start: ContinuousClock.Instant?
        var waiting: [CheckedContinuation<Value?, Never>] = []

        mutating func takeWaiting() -> [CheckedContinuation<Value?, Never>] {
            defer { waiting = [] }
            return waiting
        }
    }

    package let limit: Duration
    private let check: @Sendable () async -> Value
    private let state = Mutex(State())

    /// The number of callers that wait for the running check.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    var isUnderWay: Bool { state.withLock { $0.start != nil } }

    /// Creates a shared check. Callers wait for a running check until `limit` after it began.
    package init(limit: Duration, _ check: @escaping @Sendable () async -> Value) {
        (self.limit, self.check) = (limit, check)
    }

    /// The result of the check; nil if it takes longer than the limit.
    package var value: Value? {
        get async {
            await withCheckedContinuation { continuation in
                let (isFirst, isLate) = state.withLock { state in
                    if let start = state.start, start + limit <= .now { return (false, true) }
                    state.waiting.append(continuation)
                    defer { state.start = state.start ?? .now }
                    return (state.start == nil, false)
                }
                if isLate { continuation.resume(returning: nil) }
                if isFirst { begin() }
            }
        }
    }

    private func begin() {
        let timer = Task.detached { [limit] in
            try? await Task.sleep(for: limit)
            guard !Task.isCancelled else { return }
            for continuation in self.state.withLock({ $0.takeWaiting() }) { continuation.resume(returning: nil) }
        }
        Task.detached {
            let value = await self.check()
            timer.cancel()
            let waiting = self.state.withLock { state in
                state.start = nil
                return state.takeWaiting()
            }
            for continuation in waiting { continuation.resume(returning: value) }
        }
    }
}
