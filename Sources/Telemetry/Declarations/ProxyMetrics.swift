/// The metrics of clavero-proxy(8).
extension Metric {
    package static let proxyRequests = Metric(
        "clavero_proxy_requests_total", .counter, ["upstream", "code"],
        help: "Requests for a server, by the code of the reply; the proxy's own where there is no link.")
    package static let proxySessions = Metric(
        "clavero_proxy_sessions", .gauge, help: "Sessions that are open.")
    package static let proxyStrangers = Metric(
        "clavero_proxy_strangers", .gauge, help: "Those of them that have not logged in.")
    package static let refusedSessions = Metric(
        "clavero_proxy_refused_sessions_total", .counter,
        help: "Sessions refused because their address had as many as it may have.")
    package static let linksReady = Metric(
        "clavero_proxy_links_ready", .gauge, ["upstream"],
        help: "Links to a server that take requests; each thread has one to each server.")
    package static let linkLosses = Metric(
        "clavero_proxy_link_losses_total", .counter, ["upstream"],
        help: "Links that ended while they took requests.")
    package static let proxyHandshakeFailures = Metric(
        "clavero_proxy_tls_handshake_failures_total", .counter,
        help: "Connections of clients that ended before their TLS handshake was done.")
    package static let proxyLogLost = Metric(
        "clavero_proxy_log_lines_lost_total", .counter, ["cause"],
        help: "Lines of the log that were not written: full, or repeated where many had the same cause.")

    package static let proxyAcceptPauses = Metric(
        "clavero_proxy_accept_pauses_total", .counter,
        help: "Times that no connection was accepted for want of descriptors.")

    package static let proxyBodyMemory = Metric(
        "clavero_proxy_body_memory_bytes", .gauge,
        help: "Memory that the bodies of requests and replies take, of 64 KiB and more.")
    package static let proxyBodyRefusals = Metric(
        "clavero_proxy_body_refusals_total", .counter,
        help: "Requests refused or made to wait because bodies took as much memory as they may.")

    /// All metrics of a proxy.
    package static let proxyMetrics: [Metric] =
        [
            proxyRequests, proxySessions, proxyStrangers, refusedSessions, linksReady, linkLosses,
            proxyHandshakeFailures, proxyLogLost, proxyAcceptPauses, proxyBodyMemory, proxyBodyRefusals,
        ] + processMetrics
}
