import Dispatch
import Foundation

/// The callers that wait for room in the queue. They slow down commands that come faster than the file can be written,
/// instead of refusing them.
final class AuditWaiters: @unchecked Sendable {
    private let lock = NSLock()
    private var waiting: [@Sendable () -> Void] = []

    /// Adds a caller.
    ///
    /// - Parameters:
    ///   - limit: the longest time to wait.
    ///   - go: called once, on any thread. It must check whether there is room.
    func add(atMost limit: Duration, then go: @escaping @Sendable () -> Void) {
        let isFirst = lock.withLock {
            waiting.append(go)
            return waiting.count == 1
        }
        guard isFirst else { return }
        let deadline = DispatchTime.now() + .nanoseconds(Int(clamping: limit.nanoseconds))
        DispatchQueue.global().asyncAfter(deadline: deadline) { [weak self] in self?.release() }
    }

    func release() {
        let all = lock.withLock {
            defer { waiting = [] }
            return waiting
        }
        for go in all { go() }
    }
}
