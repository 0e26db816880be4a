import Daemon
import Link
import Telemetry

/// Makes the status page of the proxy.
struct ProxyStatus: Sendable {
    private let proxy: Operator
    private let registry: PrometheusRegistry
    private let history: RequestHistory
    private let readiness: Readiness
    private let host: String

    init(
        _ proxy: Operator, _ registry: PrometheusRegistry, _ history: RequestHistory, _ readiness: Readiness,
        host: String
    ) {
        (self.proxy, self.registry, self.history) = (proxy, registry, history)
        (self.readiness, self.host) = (readiness, host)
    }

    var page: StatusPage {
        get async {
            let problems = await readiness.missing
            let reports = await proxy.directory.reports
            return StatusPage(
                "clavero-proxy", host: host, badge(problems), problems: problems, facts: facts,
                tables: [Self.table(reports)], activity: history.activity,
                remark: """
                    The page is loaded again every 5 seconds. The page of each server shows its password hasher, audit \
                    log and database. GET /metrics has all numbers.
                    """)
        }
    }

    private func badge(_ problems: [String]) -> StatusPage.Badge {
        switch proxy.phase {
        case .starting, .draining, .stopping: StatusPage.Badge(.idle, proxy.phase.rawValue)
        case .serving: problems.isEmpty ? StatusPage.Badge(.good, "ready") : StatusPage.Badge(.bad, "not ready")
        }
    }

    private var facts: [StatusPage.Fact] {
        let total = proxy.addressLimiter.total
        let number = { (metric: Metric) in StatusText.number(registry.sum(of: metric)) }
        let known = total.sessions - total.unauthenticated
        return ProcessFacts.facts(uptime: .seconds(proxy.uptime)) + [
            StatusPage.Fact(
                "Sessions", StatusText.number(total.sessions), remark: "\(StatusText.number(known)) logged in"),
            StatusPage.Fact("Client addresses", StatusText.number(proxy.addressLimiter.addresses)),
            StatusPage.Fact("Refused sessions", number(.refusedSessions), remark: "too many of one address"),
            StatusPage.Fact("Failed TLS handshakes", number(.proxyHandshakeFailures), remark: "since the start"),
            StatusPage.Fact("Accepting paused", number(.proxyAcceptPauses), remark: "for lack of descriptors"),
            ProcessFacts.lostLogLines,
        ]
    }

    private static func table(_ reports: [(server: Endpoint, report: ReplicaReport)]) -> StatusPage.Table {
        StatusPage.Table(
            "Servers", ["Server", "State", "Serves", "Links", "Sessions", "In flight", "Latency", "Lost links"],
            reports.map { server, report in
                [
                    .text(server.description), .badge(badge(report)),
                    .text(report.plugins.isEmpty ? "-" : report.plugins.joined(separator: ", ")),
                    .number("\(report.readyLinks) of \(report.links)"), .number(StatusText.number(report.sessions)),
                    .number(StatusText.number(report.inFlight)),
                    .number(report.latency.map { StatusText.time(Double($0) / 1e6) } ?? "-"),
                    .number(StatusText.number(report.losses)),
                ]
            }, empty: "The proxy has no servers.")
    }

    private static func badge(_ report: ReplicaReport) -> StatusPage.Badge {
        switch report.state {
        case .ready: StatusPage.Badge(.good, "up")
        case .draining where report.readyLinks == 0 && report.reason != nil:
            StatusPage.Badge(.idle, "draining", reason: report.reason)
        case .draining: StatusPage.Badge(.idle, "draining", reason: "it gets no new requests")
        case .leaving: StatusPage.Badge(.idle, "leaving", reason: "it answers its last requests")
        case .ejected: StatusPage.Badge(.warning, "failing", reason: "others get its requests for a while")
        case .unheard where report.readyLinks == 0: StatusPage.Badge(.bad, "down", reason: report.reason)
        case .connecting where report.readyLinks == 0: StatusPage.Badge(.bad, "down", reason: report.reason)
        case .unheard, .connecting: StatusPage.Badge(.warning, "partly up", reason: report.reason)
        }
    }
}
