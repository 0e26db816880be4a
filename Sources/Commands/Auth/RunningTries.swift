import Store
import Synchronization

/// The log-ins that are being tried at the moment, by their source, so that what comes at the same time counts before its
/// outcome is known.
final class RunningTries: Sendable {
    private struct Tries {
        var running = 0
        /// The tries that wait for a place. There are none while nothing runs, since nothing would wake them.
        var waiting: [CheckedContinuation<Int?, Never>] = []
    }

    /// Tries of one source that may wait.
    private let maximumWaiting: Int
    private let sources = Mutex<[LogInSource: Tries]>([:])

    init(maximumWaiting: Int = 64) {
        self.maximumWaiting = maximumWaiting
    }

    /// Begins a try. Returns how many of its source run now, this one among them.
    func begin(_ source: LogInSource) -> Int {
        sources.withLock { sources in
            sources[source, default: Tries()].running += 1
            return sources[source]!.running
        }
    }

    /// Ends a try; the first one that waits takes its place.
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

    /// Lets all go on that were put off.
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

    /// Puts a try that has begun off until another of its source has ended, and returns how many run then, this one among
    /// them. It returns at once if no other runs. Nil, and the try still runs, if too many are waiting already.
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
