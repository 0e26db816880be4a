import Audit
import Synchronization
import Wire

/// A server keeps this of a lane between its requests: the token that the lane showed last, the account that it acts
/// for, and how the lane's lines in the audit log begin. All of it is checked against each request.
final class Acquaintance: Sendable {
    private struct State {
        var shown: Identities.Shown?
        var acting: Identities.Acting?
        var actor: AuditActor?
    }

    private let state = Mutex(State())

    var shown: Identities.Shown? { state.withLock { $0.shown } }
    var acting: Identities.Acting? { state.withLock { $0.acting } }
    /// The actor of the lane's last record.
    var actor: AuditActor? { state.withLock { $0.actor } }

    func shows(_ shown: Identities.Shown) { state.withLock { ($0.shown, $0.acting) = (shown, nil) } }
    func acts(_ acting: Identities.Acting) { state.withLock { $0.acting = acting } }
    func isWritten(as actor: AuditActor) { state.withLock { $0.actor = actor } }
}

extension Caller {
    /// nil where the owner of the lane keeps nothing.
    var acquaintance: Acquaintance? { memory as? Acquaintance }
}
