/// The metrics of claverod(8).
extension Metric {
    package static let requests = Metric(
        "claverod_requests_total", .counter, ["verb", "code"],
        help: "The number of requests that the server has answered, by command and by the code of the reply.")
    package static let requestDuration = Metric(
        "claverod_request_duration_seconds", .histogram, ["verb"],
        help: """
            The time that the server took to answer a request, without the time that the request waited for the \
            audit log.
            """)
    package static let sessions = Metric(
        "claverod_sessions", .gauge,
        help: "The number of open sessions of clients that connected directly to the server.")
    package static let links = Metric(
        "claverod_links", .gauge, help: "The number of open links from proxies to the server.")
    package static let lanes = Metric(
        "claverod_lanes", .gauge, help: "The number of open sessions that links from proxies carry.")
    package static let hasherWaiting = Metric(
        "claverod_hasher_waiting", .gauge, help: "The number of passwords that are being hashed or wait to be hashed.")
    package static let hasherCapacity = Metric(
        "claverod_hasher_capacity", .gauge,
        help: "The most passwords that may be hashed or wait to be hashed at one time.")
    package static let hasherRefusals = Metric(
        "claverod_hasher_refusals_total", .counter, ["bound"],
        help: """
            The number of passwords that were refused because too many were waiting: from their network, or from \
            all networks together.
            """)
    package static let accountLookups = Metric(
        "claverod_account_lookups_total", .counter, ["result"],
        help: """
            The number of look-ups of accounts and keys: hit if memory had the answer, miss if the database was \
            read.
            """)
    package static let throttledLogIns = Metric(
        "claverod_throttled_total", .counter, ["count"],
        help: """
            The number of passwords that were not checked because there had been too many wrong ones: for the \
            account, or from the network.
            """)
    package static let challengeRefusals = Metric(
        "claverod_challenge_refusals_total", .counter, ["bound"],
        help: """
            The number of log-ins by key that were refused because there had been too many recent ones: in the \
            session, by the account, or in all.
            """)
    package static let refusedSignUps = Metric(
        "claverod_sign_ups_refused_total", .counter, ["reason"],
        help: """
            The number of refused sign-ups, by the reason: the limit of a network or of the site, too little \
            disk space, or a long database log.
            """)
    package static let diskSpare = Metric(
        "claverod_disk_spare_bytes", .gauge,
        help: """
            The number of bytes that new accounts may still use on the fullest disk. At 0 or less, new accounts \
            are refused.
            """)
    package static let databaseLog = Metric(
        "claverod_database_log_bytes", .gauge, help: "The size of the write-ahead log of SQLite.")
    package static let auditOmitted = Metric(
        "claverod_audit_omitted_total", .counter,
        help: """
            The number of records of clients without an account that the audit log only counted, because such \
            clients had reached their limits.
            """)
    package static let auditQueued = Metric(
        "claverod_audit_queued", .gauge, help: "The number of audit log records that are not written yet.")
    package static let auditLost = Metric(
        "claverod_audit_lost_total", .counter,
        help: "The number of records that were lost because the audit log could not take them."
    )
    package static let writesWaiting = Metric(
        "claverod_database_writes_waiting", .gauge,
        help: "The number of database writes that are waiting or running.")
    package static let serverHandshakeFailures = Metric(
        "claverod_tls_handshake_failures_total", .counter,
        help: "The number of connections that ended before their TLS handshake was complete.")
    package static let serverCertificateExpiry = Metric(
        "claverod_certificate_expiry_timestamp_seconds", .gauge, ["file"],
        help: "The time until which the certificates in a file are valid, in Unix seconds.")
    package static let serverLogLost = Metric(
        "claverod_log_lines_lost_total", .counter, ["cause"],
        help: """
            The number of log lines that were not written: full if too many lines waited, repeated if many lines \
            had the same cause.
            """)

    package static let serverRefusedSessions = Metric(
        "claverod_refused_sessions_total", .counter,
        help: "The number of sessions and links that were refused because their address had reached its limit.")
    package static let serverAcceptPauses = Metric(
        "claverod_accept_pauses_total", .counter,
        help: "The number of times that the server accepted no connections because no descriptors were free.")

    package static let serverBodyMemory = Metric(
        "claverod_body_memory_bytes", .gauge,
        help: "The memory that is used by bodies of requests and replies that have 64 KiB or more.")
    package static let serverBodyRefusals = Metric(
        "claverod_body_refusals_total", .counter,
        help: "The number of requests that were refused or delayed because the bodies had reached their memory limit.")

    package static let serverReady = Metric(
        "claverod_ready", .gauge, ["part"],
        help: "Whether a part of the server can do its work: 1 if it can, 0 if not. GET /readyz tells the reasons.")

    /// All metrics of a server.
    package static let serverMetrics: [Metric] =
        [
            requests, requestDuration, sessions, links, lanes, hasherWaiting, hasherCapacity, hasherRefusals,
            accountLookups,
            throttledLogIns, challengeRefusals, refusedSignUps, diskSpare, databaseLog, auditOmitted, auditQueued,
            auditLost, writesWaiting, serverHandshakeFailures, serverCertificateExpiry, serverLogLost,
            serverRefusedSessions, serverAcceptPauses, serverBodyMemory, serverBodyRefusals, serverReady,
        ] + processMetrics
}
