import Audit
import Commands
import Link
import Store

/// What HEALTH tells of a server.
struct Health: Sendable {
    let store: any OpenStore
    let database: DatabaseHealth
    /// Nil where there is none.
    let audit: AuditLog?
    /// The one that is not the operator's.
    let gate: Gate
    let sessions: SessionCount

    /// Each part of the server, and its state.
    var parts: [(part: String, state: String)] {
        get async {
            [
                ("database", await databaseState), ("audit", auditState), ("requests", "\(gate.answerCount)"),
                ("sessions", "\(sessions.value)"),
            ]
        }
    }

    private var databaseState: String {
        get async {
            if let fault = await database.fault { return fault }
            return "ok, \(store.waitingWrites) writes waiting"
        }
    }

    private var auditState: String {
        guard let health = audit?.health else { return "off" }
        return "\(health.state), \(health.lines) lines, \(health.queued) waiting, \(health.lost) lost"
    }
}
