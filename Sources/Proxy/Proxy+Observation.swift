import Daemon
import Foundation
import Link
import NIOCore
import Telemetry
import Wire

/// The listeners for metrics, probes, the status page and agent checks.
extension Proxy {
    /// Listens for metrics, probes and the status page; returns nil if no endpoint is configured for them.
    func observe(_ directory: Directory, _ group: any EventLoopGroup) async throws -> ProbeService? {
        guard let endpoint = options.observation.metrics, let metrics else { return nil }
        let readiness = Readiness([
            { [state] in state.missing }, { [admission] in admission.isOpen ? [] : ["daemon: draining"] },
            { await directory.missing },
        ])
        observe(directory, readiness, in: metrics)
        let history = RequestHistory(metrics, requests: .proxyRequests, durations: .proxyRequestDuration)
        let name = options.sessions.name
        let status = ProxyStatus(running(directory), metrics, history, readiness, host: name)
        let probes = Probes(
            metrics, readiness, hosts: ProbeHosts([name, ProcessInfo.processInfo.hostName]),
            status: { await status.page })
        let listener = try await Daemon.answer(
            probes, at: endpoint, for: options.observation.clients, group: group, logger: logger)
        return ProbeService(listener, history)
    }

    /// Registers functions that read existing values when monitoring asks for them.
    private func observe(_ directory: Directory, _ readiness: Readiness, in metrics: PrometheusRegistry) {
        metrics.observeProcess()
        metrics.observe(.proxySessions) { [addressLimiter] in Double(addressLimiter.total.sessions) }
        metrics.observe(.proxyUnauthenticatedSessions) { [addressLimiter] in
            Double(addressLimiter.total.unauthenticated)
        }
        metrics.observe(.proxyLogLost) { LogSink.standardError.lost }
        metrics.observe(.proxyBodyMemory) { [memory] in Double(memory.taken) }
        metrics.observe(.linksReady) { await directory.samples }
        metrics.observeCertificates(.proxyCertificateExpiry) { [tls] in
            [tls, await directory.linkTLS].compactMap(\.self)
        }
        metrics.observe(.proxyReady) { await readiness.missing.isEmpty ? 1 : 0 }
    }

    /// Listens for agent checks; returns nil if no endpoint is configured for them.
    func listenForAgents(_ directory: Directory, _ group: any EventLoopGroup) async throws -> Listener? {
        guard let endpoint = options.administration.agentCheck else { return nil }
        let proxy = running(directory)
        let check = AgentCheck { await proxy.agentLine }
        return try await Daemon.answer(check, at: endpoint, group: group, logger: logger)
    }

    /// The running proxy, as the operator and monitoring see it.
    func running(_ directory: Directory) -> Operator {
        Operator(directory: directory, addressLimiter: addressLimiter, admission: admission, state: state)
    }
}
