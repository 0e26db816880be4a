import Audit
import Commands
import Daemon
import Link
import Store
import Telemetry

/// What monitoring is told of a server beyond what is counted as it happens.
extension Parts {
    /// Has the values that there are anyway read when they are asked for.
    func observe(in registry: PrometheusRegistry) {
        registry.observeProcess()
        registry.observe(.sessions) { [sessions] in Double(sessions.connections) }
        registry.observe(.links) { [sessions] in Double(sessions.links) }
        registry.observe(.lanes) { [sessions] in Double(sessions.lanes) }
        registry.observe(.hasherWaiting) { [hasher] in Double(hasher.waitingCount) }
        registry.observe(.writesWaiting) { [store] in Double(store.waitingWrites) }
        if room.isWatching { registry.observe(.diskSpare) { [room] in Double(room.look().spare) } }
        if store.logSize != nil { registry.observe(.databaseLog) { [store] in Double(store.logSize ?? 0) } }
        registry.observe(.serverLogLost) { LogSink.standardError.lost }
        guard let audit else { return }
        registry.observe(.auditOmitted) { Double(audit.health.omitted) }
        registry.observe(.auditQueued) { Double(audit.health.queued) }
        registry.observe(.auditLost) { Double(audit.health.lost) }
    }

    /// What keeps the server from answering; empty where nothing does.
    var missing: [String] {
        get async {
            var missing: [String] = []
            if let fault = await database.fault { missing.append("database: \(fault)") }
            if let audit, !audit.admits, !audit.isMerelyFull { missing.append("audit log: \(audit.health.state)") }
            return missing
        }
    }
}
