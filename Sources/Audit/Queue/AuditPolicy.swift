/// The handling of commands while the log cannot be written.
package enum AuditPolicy: String, Sendable, CaseIterable {
    /// Commands are refused. While only the disk is full, commands that change nothing run for as long as the queue has
    /// room.
    case refuse
    /// Commands run. Records that do not fit into the queue are counted, and the count is written later.
    case `continue`
}
