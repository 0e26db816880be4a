import Synchronization

/// The part of a queue's state that commands read without its lock, to find out whether they may run.
final class AuditAdmission: Sendable {
    /// The longest time that a record may wait, in nanoseconds.
    private let deadline: UInt64
    /// Whether the file cannot be written, the queue is full, or the log is closing.
    private let blocked = Atomic(false)
    /// The time at which the oldest waiting record was appended; 0 if none waits.
    private let oldest = Atomic<UInt64>(0)

    init(deadline: UInt64) {
        self.deadline = deadline
    }

    var isBlocked: Bool { blocked.load(ordering: .acquiring) }

    /// Returns whether a record waits for longer than the deadline at the time `now` of the monotonic clock.
    func isLate(at now: UInt64) -> Bool {
        let since = oldest.load(ordering: .acquiring)
        return since != 0 && now > since && now - since > deadline
    }

    /// Publishes the state. The caller holds the queue's lock.
    func publish(isBlocked: Bool, oldest: UInt64) {
        blocked.store(isBlocked, ordering: .releasing)
        self.oldest.store(oldest, ordering: .releasing)
    }
}
