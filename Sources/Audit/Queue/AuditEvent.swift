/// An event that is reported to the operator.
package enum AuditEvent: Sendable, Equatable {
    /// The state has changed.
    case changed(AuditHealth.State)
    /// The log ended in an incomplete line of this many bytes. A line of the log now says so.
    case recovered(bytes: Int)
    /// The file has lines and no head, so a cut while the server was down would not show.
    case headMissing
    /// The old file could not get its last checkpoint, for this reason.
    case unsealed(String)
    /// The log continues in a new file.
    case reopened
    /// The log was closed before this many records were written.
    case abandoned(records: Int)
}

extension AuditEvent: CustomStringConvertible {
    package var description: String {
        switch self {
        case .changed(let state): "audit log is \(state)"
        case .recovered(let count): "audit log ended in an incomplete line of \(count) bytes"
        case .headMissing: "audit log has no .head beside it: whether it was cut off cannot be told"
        case .unsealed(let reason): "audit log's old file got no last checkpoint: \(reason)"
        case .reopened: "audit log goes on in a new file"
        case .abandoned(let records): "audit log closed with \(records) records not written"
        }
    }
}
