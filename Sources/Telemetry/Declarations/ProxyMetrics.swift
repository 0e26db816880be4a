/// The metrics of clavero-proxy(8).
extension Metric {
    package static let proxyRequests = Metric(
        "clavero_proxy_requests_total", .counter, ["upstream", "verb", "code"],
        help: """
            The number of requests to a server, by command and by the code of the reply. If there is no link to \
            the server, the proxy gives the reply itself.
            """)
    package static let proxyRequestDuration = Metric(
        "clavero_proxy_request_duration_seconds", .histogram, ["verb"],
        help: "The time between a request's departure to a server and its answer.")
    package static let proxySessions = Metric(
        "clavero_proxy_sessions", .gauge, help: "The number of open sessions.")
    package static let proxyUnauthenticatedSessions = Metric(
        "clavero_proxy_strangers", .gauge, help: "The number of open sessions that have not logged in.")
    package static let refusedSessions = Metric(
        "clavero_proxy_refused_sessions_total", .counter,
        help: "The number of sessions that were refused because their address had reached its limit.")
    package static let linksReady = Metric(
        "clavero_proxy_links_ready", .gauge, ["upstream"],
        help: """
            The number of links to a server that take requests. Each thread of the proxy has one link to each \
            server.
            """)
    package static let linkLosses = Metric(
        "clavero_proxy_link_losses_total", .counter, ["upstream"],
        help: "The number of links to a server that ended while they took requests.")
    package static let proxyHandshakeFailures = Metric(
        "clavero_proxy_tls_handshake_failures_total", .counter,
        help: "The number of connections of clients that ended before their TLS handshake was complete.")
    package static let proxyCertificateExpiry = Metric(
        "clavero_proxy_certificate_expiry_timestamp_seconds", .gauge, ["file"],
        help: "The time until which the certificates in a file are valid, in Unix seconds.")
    package static let proxyLogLost = Metric(
        "clavero_proxy_log_lines_lost_total", .counter, ["cause"],
        help: """
            The number of log lines that were not written: full if too many lines waited, repeated if many lines \
            had the same cause.
            """)

    package static let proxyAcceptPauses = Metric(
        "clavero_proxy_accept_pauses_total", .counter,
        help: "The number of times that the proxy accepted no connections because no descriptors were free.")

    package static let proxyBodyMemory = Metric(
        "clavero_proxy_body_memory_bytes", .gauge,
        help: "The memory that is used by bodies of requests and replies that have 64 KiB or more.")
    package static let proxyBodyRefusals = Metric(
        "clavero_proxy_body_refusals_total", .counter,
        help: "The number of requests that were refused or delayed because the bodies had reached their memory limit.")

    package static let proxyReady = Metric(
        "clavero_proxy_ready", .gauge,
        help: """
            Whether the proxy is ready: 1 if a session would find a server for each command, 0 if not. GET \
            /readyz tells the reasons.
            """)

    /// All metrics of a proxy.
    package static let proxyMetrics: [Metric] =
        [
            proxyRequests, proxyRequestDuration, proxySessions, proxyUnauthenticatedSessions, refusedSessions,
            linksReady, linkLosses, proxyHandshakeFailures, proxyCertificateExpiry, proxyLogLost, proxyAcceptPauses,
            proxyBodyMemory, proxyBodyRefusals, proxyReady,
        ] + processMetrics
}
