/// The metrics of clavero-proxy(8).
extension Metric {
    package static let proxyRequests = Metric(
        "clavero_proxy_requests_total", .counter, ["upstream", "code"],
        help: "Requests to a server, by the code of the reply. Without a link, the proxy gives the reply.")
    package static let proxySessions = Metric(
        "clavero_proxy_sessions", .gauge, help: "Open sessions.")
    package static let proxyUnauthenticatedSessions = Metric(
        "clavero_proxy_strangers", .gauge, help: "Open sessions that have not logged in.")
    package static let refusedSessions = Metric(
        "clavero_proxy_refused_sessions_total", .counter,
        help: "Sessions refused because their address had reached its limit.")
    package static let linksReady = Metric(
        "clavero_proxy_links_ready", .gauge, ["upstream"],
        help: "Links to a server that take requests. Each thread has one link to each server.")
    package static let linkLosses = Metric(
        "clavero_proxy_link_losses_total", .counter, ["upstream"],
        help: "Links that ended while they took requests.")
    package static let proxyHandshakeFailures = Metric(
        "clavero_proxy_tls_handshake_failures_total", .counter,
        help: "Connections of clients that ended before their TLS handshake was complete.")
    package static let proxyLogLost = Metric(
        "clavero_proxy_log_lines_lost_total", .counter, ["cause"],
        help: "Log lines that were not written: full if too many waited, repeated if many had the same cause.")

    package static let proxyAcceptPauses = Metric(
        "clavero_proxy_accept_pauses_total", .counter,
        help: "Times that no connection was accepted because no descriptors were free.")

    package static let proxyBodyMemory = Metric(
        "clavero_proxy_body_memory_bytes", .gauge,
        help: "Memory used by bodies of requests and replies that have 64 KiB or more.")
    package static let proxyBodyRefusals = Metric(
        "clavero_proxy_body_refusals_total", .counter,
        help: "Requests refused or delayed because the bodies had reached their memory limit.")

    /// All metrics of a proxy.
    package static let proxyMetrics: [Metric] =
        [
            proxyRequests, proxySessions, proxyUnauthenticatedSessions, refusedSessions, linksReady, linkLosses,
            proxyHandshakeFailures, proxyLogLost, proxyAcceptPauses, proxyBodyMemory, proxyBodyRefusals,
        ] + processMetrics
}
