/// The health of a log.
package struct AuditHealth: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        case ok
        /// The last attempt to write failed, for this reason. It is tried again.
        case failing(String)
        /// The oldest record has waited for longer than the deadline.
        case hanging
        /// The path no longer names the open file.
        case vanished
        /// The queue is full.
        case full
    }

    package let state: State
    /// The number of records that are not written yet.
    package let queued: Int
    /// The number of records that were discarded since the log was opened.
    package let lost: Int
    /// The number of strangers' records that were only counted since the log was opened.
    package let omitted: Int
    /// The number of lines that were written since the log was opened.
    package let lines: Int
    /// The last checkpoint that was written since the log was opened.
    package let checkpoint: AuditPoint?
}

extension AuditHealth.State: CustomStringConvertible {
    package var description: String {
        switch self {
        case .ok: "ok"
        case .failing(let reason): "failing: \(reason)"
        case .hanging: "hanging"
        case .vanished: "vanished"
        case .full: "full"
        }
    }
}
