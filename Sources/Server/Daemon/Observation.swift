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
        registry.observe(.hasherCapacity) { [hasher] in Double(hasher.capacity) }
        registry.observe(.writesWaiting) { [store] in Double(store.waitingWrites) }
        if room.isWatching { registry.observe(.diskSpare) { [room] in Double(room.look().spare) } }
        if store.logSize != nil { registry.observe(.databaseLog) { [store] in Double(store.logSize ?? 0) } }
        registry.observe(.serverLogLost) { LogSink.standardError.lost }
        registry.observe(.serverReady) { [self] in await parts.map { Sample([$0.name], $0.fault == nil ? 1 : 0) } }
        guard let audit else { return }
        registry.observe(.auditOmitted) { Double(audit.health.omitted) }
        registry.observe(.auditQueued) { Double(audit.health.queued) }
        registry.observe(.auditLost) { Double(audit.health.lost) }
    }

    /// The parts that a server needs to answer, with the fault of each; nil if the part can do its work.
    var parts: [(name: String, fault: String?)] {
        get async { [("database", await database.fault), ("audit log", auditFault)] }
    }

    /// The reason why the audit log keeps commands from being run; nil if it does not. A queue that is merely full
    /// delays commands for a moment.
    var auditFault: String? {
        guard let audit, !audit.admits, !audit.isMerelyFull else { return nil }
        return "\(audit.health.state)"
    }

    /// The reasons why the server cannot answer; empty if it can.
    var missing: [String] {
        get async { await parts.compactMap { part in part.fault.map { "\(part.name): \($0)" } } }
    }

    /// A line about the server for its service manager: its sessions, and what keeps it from answering.
    func statusLine(_ state: ServingState.State) async -> String {
        let count = sessions.value
        let serving = "\(state == .stopping ? "finishing" : "serving") \(count) session\(count == 1 ? "" : "s")"
        return ([serving] + (await missing)).joined(separator: "; ")
    }
}
