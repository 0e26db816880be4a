/// The settings of an audit log.
package struct AuditSettings: Sendable {
    package var policy: AuditPolicy
    /// The most records that may wait.
    package var queueBound: Int
    /// The time after which a waiting record means that the file hangs. ``AuditLog/close()`` takes no longer either.
    package var deadline: Duration
    /// A checkpoint follows after this many lines. It also follows after `checkpointInterval`, if anything was written
    /// since the last one.
    package var checkpointLines: Int
    package var checkpointInterval: Duration
    /// The time between two attempts to write a file that fails, and between two checks of one that works.
    package var retry: Duration
    /// The time for which a file that was moved away counts as being replaced. The records wait for the new file, and no
    /// command is refused.
    package var moveTime: Duration
    /// The longest time that a written line may stay in the system's memory before it is on disk.
    package var syncInterval: Duration
    package var unauthenticated: UnauthenticatedRateLimits
    /// The time between two sums of the records that got no line.
    package var sumInterval: Duration
    package var clock: AuditClock

    package init(
        policy: AuditPolicy = .refuse, queueBound: Int = 65_536, deadline: Duration = .seconds(5),
        checkpointLines: Int = 1000, checkpointInterval: Duration = .seconds(60), retry: Duration = .seconds(1),
        moveTime: Duration = .seconds(1), syncInterval: Duration = .seconds(1),
        unauthenticated: UnauthenticatedRateLimits = UnauthenticatedRateLimits(),
        sumInterval: Duration = .seconds(10), clock: AuditClock = .system
    ) {
        (self.policy, self.queueBound, self.deadline) = (policy, queueBound, deadline)
        (self.checkpointLines, self.checkpointInterval) = (checkpointLines, checkpointInterval)
        (self.retry, self.moveTime, self.syncInterval, self.clock) = (retry, moveTime, syncInterval, clock)
        (self.unauthenticated, self.sumInterval) = (unauthenticated, sumInterval)
    }
}

extension Duration {
    var nanoseconds: UInt64 {
        UInt64(components.seconds) * 1_000_000_000 + UInt64(components.attoseconds / 1_000_000_000)
    }
}
