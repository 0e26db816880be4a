import Audit
import Commands
import Daemon
import Link
import Store
import Telemetry

/// The values that monitoring reads from a server, in addition to the counters.
extension ServerComponents {
    /// Registers functions that read existing values when monitoring asks for them.
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

    /// The reasons why the server cannot answer; empty if it can.
    var missing: [String] {
        get async {
            var missing: [String] = []
            if let fault = await database.fault { missing.append("database: \(fault)") }
            if let audit, !audit.admits, !audit.isMerelyFull { missing.append("audit log: \(audit.health.state)") }
            return missing
        }
    }

    /// A line about the server for its service manager: its sessions, and what keeps it from answering.
    func statusLine(_ state: ServingState.State) async -> String {
        let count = sessions.value
        let serving = "\(state == .stopping ? "finishing" : "serving") \(count) session\(count == 1 ? "" : "s")"
        return ([serving] + (await missing)).joined(separator: "; ")
    }
}
