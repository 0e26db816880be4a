import Foundation

/// The part of the queue that serves clients without an account, and everybody while the disk is full.
extension AuditQueue {
    /// While the disk is full, the memory is for those who have an account.
    func admitsStranger(_ record: OmittedRecords, time: Int64, mayWrite: Bool) -> Bool {
        let now = settings.clock.uptime()
        return lock.withLock {
            state.strangers.admits(record, mayWrite: mayWrite && !state.lacksRoom, at: now, time: time)
        }
    }

    func admitsReading(by who: String?) -> Bool {
        lock.withLock {
            guard state.lacksRoom, state.ending == .none, state.backlog.queued < settings.queueBound else {
                return false
            }
            return who.map { state.held[$0, default: 0] < max(1, settings.queueBound / 16) } ?? true
        }
    }

    /// Returns the sums of records that got no line of their own; see ``StrangerLines/takeSums()``.
    func takeSums() -> (sums: [(OmittedRecords, count: Int)], since: Int64)? {
        lock.withLock { state.strangers.takeSums() }
    }
}
