import Daemon
import Foundation
import NIOCore
import Telemetry
import Wire

/// The listener for metrics, probes, the status page and public documents.
extension Server {
    /// Listens for monitoring; returns nil if no endpoint is configured for it.
    func observe(_ group: any EventLoopGroup) async throws -> ProbeService? {
        guard let endpoint = options.observation.metrics, let metrics else { return nil }
        parts.observe(in: metrics)
        metrics.observe(.serverBodyMemory) { [memory] in Double(memory.taken) }
        metrics.observeCertificates(.serverCertificateExpiry) { [linkTLS] in [linkTLS].compactMap(\.self) }
        let readiness = Readiness([{ [state] in state.missing }, { [parts] in await parts.missing }])
        let history = RequestHistory(metrics, requests: .requests, durations: .requestDuration)
        let name = options.sessions.name
        let status = ServerStatus(
            parts, state, metrics, history, host: name, plugins: options.plugins.defaultValueDescription)
        let probes = Probes(
            metrics, readiness, hosts: ProbeHosts([name, ProcessInfo.processInfo.hostName]),
            documents: parts.documents, status: { await status.page })
        let listener = try await Daemon.answer(
            probes, at: endpoint, for: options.observation.clients, group: group, logger: logger)
        return ProbeService(listener, history)
    }
}
