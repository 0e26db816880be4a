extension AuditLog {
    /// What becomes of commands while the log cannot be written.
    package enum Policy: String, Sendable, CaseIterable {
        /// They are not run. While it is only that the disk is full, commands that change nothing are run for as long as
        /// the queue has room.
        case refuse
        /// They are run; what the queue cannot hold is counted, and the count is written when it can be.
        case `continue`
    }

    package struct Settings: Sendable {
        package var policy: Policy
        /// How many records may wait.
        package var queueBound: Int
        /// A record that has waited for longer means that the file hangs; also how long ``AuditLog/close()`` may take.
        package var deadline: Duration
        /// After how many lines, or how long after the last one if anything was written, there is a checkpoint.
        package var checkpointLines: Int
        package var checkpointInterval: Duration
        /// How often a file that fails is tried again, and one that does not is looked at.
        package var retry: Duration
        /// How long a written line may stay in memory of the system before it is on disk.
        package var syncInterval: Duration
        package var strangers: StrangerBounds
        /// How often the records that got no line of their own are summed up, if there are any.
        package var sumInterval: Duration
        package var clock: AuditClock

        package init(
            policy: Policy = .refuse, queueBound: Int = 65_536, deadline: Duration = .seconds(5),
            checkpointLines: Int = 1000, checkpointInterval: Duration = .seconds(60), retry: Duration = .seconds(1),
            syncInterval: Duration = .seconds(1), strangers: StrangerBounds = .init(),
            sumInterval: Duration = .seconds(10), clock: AuditClock = .system
        ) {
            (self.policy, self.queueBound, self.deadline) = (policy, queueBound, deadline)
            (self.checkpointLines, self.checkpointInterval) = (checkpointLines, checkpointInterval)
            (self.retry, self.syncInterval, self.clock) = (retry, syncInterval, clock)
            (self.strangers, self.sumInterval) = (strangers, sumInterval)
        }
    }
}

extension Duration {
    var nanoseconds: UInt64 {
        UInt64(components.seconds) * 1_000_000_000 + UInt64(components.attoseconds / 1_000_000_000)
    }
}
