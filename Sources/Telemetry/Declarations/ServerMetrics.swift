/// The metrics of claverod(8).
extension Metric {
    package static let requests = Metric(
        "claverod_requests_total", .counter, ["verb", "code"],
        help: "Requests answered, by the code of the reply.")
    package static let requestDuration = Metric(
        "claverod_request_duration_seconds", .histogram, ["verb"],
        help: "How long it took to answer a request, without what it waited for the audit log.")
    package static let sessions = Metric(
        "claverod_sessions", .gauge,
        help: "Sessions with the server itself that are open, without the operator's.")
    package static let links = Metric(
        "claverod_links", .gauge, help: "Links from proxies that are open.")
    package static let lanes = Metric(
        "claverod_lanes", .gauge, help: "Sessions that links carry.")
    package static let hasherWaiting = Metric(
        "claverod_hasher_waiting", .gauge, help: "Passwords that wait to be hashed or are under way.")
    package static let hasherRefusals = Metric(
        "claverod_hasher_refusals_total", .counter, ["bound"],
        help: "Passwords refused because as many were waiting as may: from their network, or in all.")
    package static let accountLookups = Metric(
        "claverod_account_lookups_total", .counter, ["result"],
        help: "Accounts and keys looked for in memory: hit, or miss where the database was read.")
    package static let throttledLogIns = Metric(
        "claverod_throttled_total", .counter, ["count"],
        help: "Passwords not checked because too many before were wrong: for the account, or from the network.")
    package static let challengeRefusals = Metric(
        "claverod_challenge_refusals_total", .counter, ["bound"],
        help: "Log-ins by key refused because too many were made lately: in the session, by the account, or in all.")
    package static let refusedSignUps = Metric(
        "claverod_sign_ups_refused_total", .counter, ["reason"],
        help: "Sign-ups refused: by the bound of a network or of everywhere, for want of disk, or for a long log.")
    package static let diskSpare = Metric(
        "claverod_disk_spare_bytes", .gauge,
        help: "Room that strangers may still fill on the fullest disk; nothing or less means that they are refused.")
    package static let databaseLog = Metric(
        "claverod_database_log_bytes", .gauge, help: "Size of SQLite's write-ahead log.")
    package static let auditOmitted = Metric(
        "claverod_audit_omitted_total", .counter,
        help: "Records of clients without account that the audit log only counts, beyond their bounds.")
    package static let auditQueued = Metric(
        "claverod_audit_queued", .gauge, help: "Records of the audit log that are not written yet.")
    package static let auditLost = Metric(
        "claverod_audit_lost_total", .counter, help: "Records that the audit log could not take.")
    package static let writesWaiting = Metric(
        "claverod_database_writes_waiting", .gauge,
        help: "Writes that were asked of the database and are not done.")
    package static let serverHandshakeFailures = Metric(
        "claverod_tls_handshake_failures_total", .counter,
        help: "Connections that ended before their TLS handshake was done.")
    package static let serverLogLost = Metric(
        "claverod_log_lines_lost_total", .counter, ["cause"],
        help: "Lines of the log that were not written: full, or repeated where many had the same cause.")

    package static let serverRefusedSessions = Metric(
        "claverod_refused_sessions_total", .counter,
        help: "Sessions and links refused because their address had as many as it may have.")
    package static let serverAcceptPauses = Metric(
        "claverod_accept_pauses_total", .counter,
        help: "Times that no connection was accepted for want of descriptors.")

    package static let serverBodyMemory = Metric(
        "claverod_body_memory_bytes", .gauge,
        help: "Memory that the bodies of requests and replies take, of 64 KiB and more.")
    package static let serverBodyRefusals = Metric(
        "claverod_body_refusals_total", .counter,
        help: "Requests refused or made to wait because bodies took as much memory as they may.")

    /// All metrics of a server.
    package static let serverMetrics: [Metric] =
        [
            requests, requestDuration, sessions, links, lanes, hasherWaiting, hasherRefusals, accountLookups,
            throttledLogIns, challengeRefusals, refusedSignUps, diskSpare, databaseLog, auditOmitted, auditQueued,
            auditLost, writesWaiting, serverHandshakeFailures, serverLogLost, serverRefusedSessions,
            serverAcceptPauses, serverBodyMemory, serverBodyRefusals,
        ] + processMetrics
}
