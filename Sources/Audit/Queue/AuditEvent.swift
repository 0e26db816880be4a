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
        case .changed(.vanished): "audit log was moved, removed or cut off"
        case .changed(let state): "audit log is \(state)"
        case .recovered(let count): "audit log ended in an incomplete line of \(count) bytes"
        case .headMissing: "audit log has no .head file, so lines cut off at its end cannot be noticed"
        case .unsealed(let reason): "the old file of the audit log has no last checkpoint: \(reason)"
        case .reopened: "audit log continues in a new file"
        case .abandoned(let records): "audit log was closed before \(records) records were written"
        }
    }
}
