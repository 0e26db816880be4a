import Link
import Wire

/// UPSTREAMS lists the servers of the proxy.
struct Upstreams: Command {
    static let spec = CommandSpec(
        "UPSTREAMS", access: .operator, isRepeatable: true,
        summary: "List the servers behind the proxy",
        help: """
            Each line has an address, and then values as key=value in this order: state (ready, connecting, unheard, \
            ejected, draining or leaving), plugins, links (the ready ones and all), sessions, inflight (requests that \
            are not answered yet), losses (of links), failures, latency-us, and upstream, which is what DROPUPSTREAM \
            takes. An unknown value is a hyphen.
            """)

    func run(_ call: OperatorCall) async throws -> Answer {
        var lines: [String] = []
        for (server, report) in await call.proxy.directory.reports {
            lines.append("\(server) \(Self.words(of: report, await call.proxy.directory.upstreams(with: server)))")
        }
        return Answer(.done(lines.isEmpty ? ["No upstreams"] : lines))
    }

    /// Returns the words of a report, which a script may parse. New words are added only at the end, and none is ever
    /// removed.
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
