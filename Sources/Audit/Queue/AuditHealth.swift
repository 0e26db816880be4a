/// How a log is doing.
package struct AuditHealth: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        case ok
        /// The last attempt to write failed, for this reason; it is tried again.
        case failing(String)
        /// The oldest record has waited for longer than the deadline.
        case hanging
        /// The path no longer names the file that is written to.
        case vanished
        /// As many records wait as may.
        case full
    }

    package let state: State
    /// Records that are not written yet.
    package let queued: Int
    /// Records that were not taken since the log was opened.
    package let lost: Int
    /// Records of strangers that were only counted, since the log was opened.
    package let omitted: Int
    /// Lines written since the log was opened.
    package let lines: Int
    /// The last line that was signed since the log was opened.
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

/// What an operator should hear of.
package enum AuditEvent: Sendable, Equatable {
    /// The state is another than it was.
    case changed(AuditHealth.State)
    /// An incomplete line of as many octets was found at the end and is now told of in a line of its own.
    case recovered(octets: Int)
    /// The file has lines but no head beside it, so that nothing tells whether it was cut off while the server was down.
    case headMissing
    /// The file that was moved away could not be given its last checkpoint, for this reason.
    case unsealed(String)
    /// The log goes on in a new file.
    case reopened
    /// The log was closed with as many records not written.
    case abandoned(records: Int)
}

extension AuditEvent: CustomStringConvertible {
    package var description: String {
        switch self {
        case .changed(let state): "audit log is \(state)"
        case .recovered(let octets): "audit log ended in an incomplete line of \(octets) octets"
        case .headMissing: "audit log has no .head beside it: whether it was cut off cannot be told"
        case .unsealed(let reason): "audit log's old file got no last checkpoint: \(reason)"
        case .reopened: "audit log goes on in a new file"
        case .abandoned(let records): "audit log closed with \(records) records not written"
        }
    }
}
