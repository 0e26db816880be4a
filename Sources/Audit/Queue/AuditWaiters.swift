import Dispatch
import Foundation

/// Those who wait until the queue has room again, so that more work than the file can take is done more slowly instead of
/// being refused.
final class AuditWaiters: @unchecked Sendable {
    private let lock = NSLock()
    private var waiting: [@Sendable () -> Void] = []

    /// - Parameters:
    ///   - limit: for how long at most.
    ///   - go: called once, on any thread; whether there is room then is for the caller to look.
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
