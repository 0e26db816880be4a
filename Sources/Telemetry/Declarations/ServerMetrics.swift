/// The metrics of claverod(8).
extension Metric {
    package static let requests = Metric(
        "claverod_requests_total", .counter, ["verb", "code"],
        help: "Requests answered, by the code of the reply.")
    package static let requestDuration = Metric(
        "claverod_request_duration_seconds", .histogram, ["verb"],
        help: "Time to answer a request, without the time that it waited for the audit log.")
    package static let sessions = Metric(
        "claverod_sessions", .gauge,
        help: "Open sessions of clients that connected directly to the server.")
    package static let links = Metric(
        "claverod_links", .gauge, help: "Open links from proxies.")
    package static let lanes = Metric(
        "claverod_lanes", .gauge, help: "Sessions that links carry.")
    package static let hasherWaiting = Metric(
        "claverod_hasher_waiting", .gauge, help: "Passwords that wait or are being hashed.")
    package static let hasherRefusals = Metric(
        "claverod_hasher_refusals_total", .counter, ["bound"],
        help: "Passwords refused because too many were waiting: from their network, or in all.")
    package static let accountLookups = Metric(
        "claverod_account_lookups_total", .counter, ["result"],
        help: "Look-ups of accounts and keys in memory: hit, or miss if the database was read.")
    package static let throttledLogIns = Metric(
        "claverod_throttled_total", .counter, ["count"],
        help: "Passwords not checked because of too many wrong ones: for the account, or from the network.")
    package static let challengeRefusals = Metric(
        "claverod_challenge_refusals_total", .counter, ["bound"],
        help: "Log-ins by key refused because of too many recent ones: in the session, by the account, or in all.")
    package static let refusedSignUps = Metric(
        "claverod_sign_ups_refused_total", .counter, ["reason"],
        help: "Sign-ups refused: by the limit of a network or of the site, for too little disk, or for a long log.")
    package static let diskSpare = Metric(
        "claverod_disk_spare_bytes", .gauge,
        help: "Bytes that new accounts may still use on the fullest disk. At 0 or less they are refused.")
    package static let databaseLog = Metric(
        "claverod_database_log_bytes", .gauge, help: "Size of SQLite's write-ahead log.")
    package static let auditOmitted = Metric(
        "claverod_audit_omitted_total", .counter,
        help: "Records of clients without an account that the audit log only counted, because of their limits.")
    package static let auditQueued = Metric(
        "claverod_audit_queued", .gauge, help: "Audit log records that are not written yet.")
    package static let auditLost = Metric(
        "claverod_audit_lost_total", .counter, help: "Records that were lost because the audit log could not take them."
    )
    package static let writesWaiting = Metric(
        "claverod_database_writes_waiting", .gauge,
        help: "Database writes that are waiting or running.")
    package static let serverHandshakeFailures = Metric(
        "claverod_tls_handshake_failures_total", .counter,
        help: "Connections that ended before their TLS handshake was complete.")
    package static let serverLogLost = Metric(
        "claverod_log_lines_lost_total", .counter, ["cause"],
        help: "Log lines that were not written: full if too many waited, repeated if many had the same cause.")

    package static let serverRefusedSessions = Metric(
        "claverod_refused_sessions_total", .counter,
        help: "Sessions and links refused because their address had reached its limit.")
    package static let serverAcceptPauses = Metric(
        "claverod_accept_pauses_total", .counter,
        help: "Times that no connection was accepted because no descriptors were free.")

    package static let serverBodyMemory = Metric(
        "claverod_body_memory_bytes", .gauge,
        help: "Memory used by bodies of requests and replies that have 64 KiB or more.")
    package static let serverBodyRefusals = Metric(
        "claverod_body_refusals_total", .counter,
        help: "Requests refused or delayed because the bodies had reached their memory limit.")

    /// All metrics of a server.
    package static let serverMetrics: [Metric] =
        [
            requests, requestDuration, sessions, links, lanes, hasherWaiting, hasherRefusals, accountLookups,
            throttledLogIns, challengeRefusals, refusedSignUps, diskSpare, databaseLog, auditOmitted, auditQueued,
            auditLost, writesWaiting, serverHandshakeFailures, serverLogLost, serverRefusedSessions,
            serverAcceptPauses, serverBodyMemory, serverBodyRefusals,
        ] + processMetrics
}
