import Store
import Synchronization

/// The log-in tries that are running, by their source. With them, simultaneous tries count before their results are
/// known.
final class RunningAttempts: Sendable {
    private struct Tries {
        var running = 0
        /// The tries that wait for a place. The list is empty while no try runs, because no try would wake them.
        var waiting: [CheckedContinuation<Int?, Never>] = []
    }

    /// The maximum number of waiting tries of one source.
    private let maximumWaiting: Int
    private let sources = Mutex<[LogInSource: Tries]>([:])

    init(maximumWaiting: Int = 64) {
        self.maximumWaiting = maximumWaiting
    }

    /// Begins a try.
    ///
    /// - Returns: The number of running tries of the source, including this one.
    func begin(_ source: LogInSource) -> Int {
        sources.withLock { sources in
            sources[source, default: Tries()].running += 1
            return sources[source]!.running
        }
    }

    /// Ends a try. The first waiting try takes its place.
    func end(_ source: LogInSource) {
        let next = sources.withLock { sources -> (CheckedContinuation<Int?, Never>, Int)? in
            guard var tries = sources[source] else { return nil }
            tries.running -= 1
            var next: (CheckedContinuation<Int?, Never>, Int)?
            if !tries.waiting.isEmpty {
                tries.running += 1
                next = (tries.waiting.removeFirst(), tries.running)
            }
            sources[source] = tries.running == 0 ? nil : tries
            return next
        }
        next?.0.resume(returning: next?.1)
    }

    /// Resumes all waiting tries of the source.
    func wakeAll(_ source: LogInSource) {
        let waiting = sources.withLock { sources in
            guard var tries = sources[source] else { return [(CheckedContinuation<Int?, Never>, Int)]() }
            let waiting = tries.waiting.enumerated().map { ($1, tries.running + $0 + 1) }
            tries.running += tries.waiting.count
            tries.waiting = []
            sources[source] = tries
            return waiting
        }
        for (continuation, running) in waiting { continuation.resume(returning: running) }
    }

    /// Suspends a try that has begun until another try of its source has ended. It returns at once if no other try
    /// runs.
    ///
    /// - Returns: The number of running tries then, including this one; nil if too many tries wait already. In that
    ///   case the try still counts as running.
    func putOff(_ source: LogInSource) async -> Int? {
        await withCheckedContinuation { continuation in
            let answer = sources.withLock { sources -> Int?? in
                guard var tries = sources[source], tries.running > 1 else { return .some(1) }
                guard tries.waiting.count < maximumWaiting else { return .some(nil) }
                tries.running -= 1
                tries.waiting.append(continuation)
                sources[source] = tries
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }
}
