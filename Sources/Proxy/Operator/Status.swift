import Link
import Wire

/// STATUS shows the state of the proxy.
struct Status: Command {
    static let spec = CommandSpec(
        "STATUS", access: .operator, isRepeatable: true,
        summary: "Show the state of the proxy",
        help: """
            Each line has a part and its state: the phase of the proxy, the reasons why a command might find no \
            server, the uptime, the threads, the sessions, the upstreams, and the plugins that the upstreams have \
            announced.
            """)

    func run(_ call: OperatorCall) async throws -> Answer {
        let reports = await call.proxy.directory.reports
        let missing = await call.proxy.missing
        let total = call.proxy.addressLimiter.total
        var plugins: [String] = []
        for plugin in reports.flatMap(\.report.plugins) where !plugins.contains(plugin) { plugins.append(plugin) }
        return Answer(
            .done([
                "state: \(call.proxy.phase.rawValue)",
                "missing: \(missing.isEmpty ? "nothing" : missing.joined(separator: "; "))",
                "uptime: \(call.proxy.uptime) seconds", "threads: \(call.proxy.directory.count)",
                "sessions: \(total.sessions - total.unauthenticated) logged in, \(total.unauthenticated) strangers",
                "upstreams: \(reports.count { $0.report.state == .ready }) of \(reports.count) ready",
                "plugins: \(plugins.isEmpty ? "none" : plugins.joined(separator: " "))",
            ]))
    }
}
