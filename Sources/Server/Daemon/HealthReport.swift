import Audit
import Commands
import Link
import Store

/// The state of a server, as the command HEALTH shows it.
struct HealthReport: Sendable {
    let store: Store
    let database: DatabaseHealth
    /// The audit log; nil if the server has none.
    let audit: AuditLog?
    let room: HeadRoom
    /// The gate for clients, not the operator's.
    let gate: Gate
    let sessions: SessionCount

    /// The name and the state of each part of the server.
    var parts: [(part: String, state: String)] {
        get async {
            let storage = [("database", await databaseState), ("audit", auditState), ("disk", diskState)]
            let log = store.logSize.map { [("log", logState($0))] } ?? []
            return storage + log + [("requests", "\(gate.answerCount)"), ("sessions", "\(sessions.value)")]
        }
    }

    private var databaseState: String {
        get async {
            if let fault = await database.fault { return fault }
            return "ok, \(store.waitingWrites) writes waiting"
        }
    }

    private func logState(_ size: Int64) -> String {
        let state = store.isLogTooLong ? "too long, new accounts are refused" : "ok"
        return "\(state), \(size >> 10) KiB"
    }

    private var diskState: String {
        let state = room.look()
        guard state.free != .max else { return "unknown" }
        let sizes = "\(max(0, state.free) >> 10) KiB free, \(state.kept >> 10) KiB kept for users"
        return state.isLow ? "almost full, new accounts are refused, \(sizes)" : "ok, \(sizes)"
    }

    private var auditState: String {
        guard let health = audit?.health else { return "off" }
        let counts = "\(health.lines) lines, \(health.queued) waiting, \(health.lost) lost"
        return "\(health.state), \(counts), \(health.omitted) only counted"
    }
}
