import Link
import Wire

/// STATUS: how the proxy is.
enum Status: OperatorCommand {
    static let spec = CommandSpec(
        operator: "STATUS", summary: "Show how the proxy is",
        help: """
            On each line a part and its state: whether it takes new sessions, what a session would find no server for, \
            how long it has run, its threads, its sessions, its upstreams, and the plugins that these have announced.
            """)

    static func run(_ request: Request, _ proxy: Operator) async throws(Failure) -> Reply {
        let reports = await proxy.directory.reports
        let missing = await proxy.missing
        let total = proxy.addressLimiter.total
        var plugins: [String] = []
        for plugin in reports.flatMap(\.report.plugins) where !plugins.contains(plugin) { plugins.append(plugin) }
        return Reply(
            250, "2.0.0",
            [
                "state: \(proxy.phase.rawValue)",
                "missing: \(missing.isEmpty ? "nothing" : missing.joined(separator: "; "))",
                "uptime: \(proxy.uptime) seconds", "threads: \(proxy.directory.count)",
                "sessions: \(total.sessions - total.strangers) logged in, \(total.strangers) strangers",
                "upstreams: \(reports.count { $0.report.state == .ready }) of \(reports.count) ready",
                "plugins: \(plugins.isEmpty ? "none" : plugins.joined(separator: " "))",
            ])
    }
}
