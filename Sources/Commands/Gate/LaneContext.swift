import Audit
import Synchronization
import Wire

/// The data that a server keeps of a lane between its requests: the token that the lane showed last, the account that
/// it acts for, and the beginning of the lane's lines in the audit log. Each request checks all of it.
final class LaneContext: Sendable {
    private struct State {
        var verified: Identities.VerifiedToken?
        var acting: Identities.ActingAccount?
        var actor: AuditActor?
    }

    private let state = Mutex(State())

    var verified: Identities.VerifiedToken? { state.withLock { $0.verified } }
    var acting: Identities.ActingAccount? { state.withLock { $0.acting } }
    /// The actor of the lane's last audit record.
    var actor: AuditActor? { state.withLock { $0.actor } }

    func setVerified(_ verified: Identities.VerifiedToken) {
        state.withLock { ($0.verified, $0.acting) = (verified, nil) }
    }
    func setActing(_ acting: Identities.ActingAccount) { state.withLock { $0.acting = acting } }
    func isWritten(as actor: AuditActor) { state.withLock { $0.actor = actor } }
}

extension Caller {
    /// The memory of the caller's lane; nil if the owner of the lane keeps none.
    var laneContext: LaneContext? { memory as? LaneContext }
}
