import Foundation

/// A value that one thread at a time can touch.
///
/// It is used instead of Synchronization's Mutex: under contention the kernel hands that one on, which the thread
/// sanitizer cannot see and reports as a race.
final class Locked<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) {
        self.value = value
    }

    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        lock.withLock { body(&value) }
    }
}
