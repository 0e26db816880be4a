import Link
import Wire

/// UPSTREAMS: the servers behind the proxy.
enum Upstreams: OperatorCommand {
    static let spec = CommandSpec(
        operator: "UPSTREAMS", summary: "List the servers behind the proxy",
        help: """
            On each line an address, then state (ready, connecting, unheard, ejected, draining or leaving), plugins, \
            links that are ready of all, sessions, inflight, which is requests that are not answered, losses of links, \
            failures, latency-us, and upstream, which is what DROPUPSTREAM takes, as key=value in this order. A value \
            that is not known is a hyphen.
            """)

    static func run(_ request: Request, _ proxy: Operator) async throws(Failure) -> Reply {
        var lines: [String] = []
        for (server, report) in await proxy.directory.reports {
            lines.append("\(server) \(words(of: report, await proxy.directory.upstreams(with: server)))")
        }
        return Reply(250, "2.0.0", lines.isEmpty ? ["No upstreams"] : lines)
    }

    /// What a script may read: words are added at the end, and none is taken away.
    private static func words(of report: ReplicaReport, _ upstreams: [Endpoint]) -> String {
        [
            ("state", report.state.rawValue),
            ("plugins", report.plugins.isEmpty ? "-" : report.plugins.joined(separator: ",")),
            ("links", "\(report.readyLinks)/\(report.links)"), ("sessions", "\(report.sessions)"),
            ("inflight", "\(report.inFlight)"), ("losses", "\(report.losses)"), ("failures", "\(report.failures)"),
            ("latency-us", report.latency.map(String.init) ?? "-"),
            ("upstream", upstreams.isEmpty ? "-" : upstreams.map(\.description).joined(separator: ",")),
        ].map { "\($0)=\($1)" }.joined(separator: " ")
    }
}
