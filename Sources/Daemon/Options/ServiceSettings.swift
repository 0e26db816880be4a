/// The settings that only some services of a site have. Every service has the other ones.
package enum ServiceSettings {
    /// The settings of the key server.
    package static let keys: Set = [
        "sign-up", "signups-per-network", "signups-per-hour", "rotate-keys", "retire-keys",
    ]

    /// The settings of the auth server.
    package static let auth: Set = ["token-lifetime", "throttle-limit", "throttle-network-limit", "throttle-window"]

    /// The settings of every server, whatever its plugins are.
    package static let servers: Set = [
        "plugins", "data-dir", "state-dir", "site", "password-cost", "hasher-threads", "hasher-queue", "admin-access",
        "audit-log", "audit-failure", "disk-reserve", "database-log-limit", "audit-per-network", "audit-strangers",
        "database", "plugin", "plugin-dir", "plugin-verbs", "plugin-services", "plugin-timeout",
    ]

    /// The settings of the proxy.
    package static let proxy: Set = [
        "listen-tls", "upstream", "balancer", "address-sessions", "address-strangers", "agent-check", "link-timeout",
        "link-requests", "tls-certificate", "tls-key", "clear-secrets",
    ]

    /// Returns the service that has the setting; nil if every service has it, or none.
    static func owner(of name: String) -> String? {
        if keys.contains(name) { return "the key server" }
        if auth.contains(name) { return "the auth server" }
        if servers.contains(name) { return "the servers" }
        return proxy.contains(name) ? "the proxy" : nil
    }

    /// Returns whether a server with these plugins uses the setting.
    static func isUsed(_ name: String, by plugins: some Collection<String>) -> Bool {
        if keys.contains(name) { return plugins.contains("keys") }
        return !auth.contains(name) || plugins.contains("auth")
    }
}
