import Audit
import Commands
import Daemon
import Input
import Link
import NIOCore
import Store
import Telemetry
import Wire

/// Makes a server's status page.
struct ServerStatus: Sendable {
    let components: ServerComponents
    let state: ServingState
    let registry: PrometheusRegistry
    let history: RequestHistory
    let host: String
    /// The plugins that the server serves.
    let plugins: String
    private let start = ContinuousClock.now

    init(
        _ components: ServerComponents, _ state: ServingState, _ registry: PrometheusRegistry,
        _ history: RequestHistory, host: String, plugins: String
    ) {
        (self.components, self.state, self.registry, self.history) = (components, state, registry, history)
        (self.host, self.plugins) = (host, plugins)
    }

    var page: StatusPage {
        get async {
            let fault = await components.database.fault
            let problems =
                state.missing
                + [("database", fault), ("audit log", components.auditFault)].compactMap { name, fault in
                    fault.map { "\(name): \($0)" }
                }
            return StatusPage(
                "claverod \(plugins)", host: host, badge(problems), problems: problems, facts: facts,
                tables: [table(fault)], activity: history.activity,
                remark: "The page is loaded again every 5 seconds. GET /metrics has all numbers.")
        }
    }

    private func badge(_ problems: [String]) -> StatusPage.Badge {
        switch state.current {
        case .starting: StatusPage.Badge(.idle, "starting")
        case .stopping: StatusPage.Badge(.idle, "stopping")
        case .listening: problems.isEmpty ? StatusPage.Badge(.good, "ready") : StatusPage.Badge(.bad, "not ready")
        }
    }

    private var facts: [StatusPage.Fact] {
        let sessions = components.sessions
        let number = { (metric: Metric) in StatusText.number(registry.sum(of: metric)) }
        let hasher = components.hasher
        return ProcessFacts.facts(uptime: start.duration(to: .now)) + [
            StatusPage.Fact(
                "Sessions", StatusText.number(sessions.value),
                remark: "\(StatusText.number(sessions.lanes)) on \(StatusText.number(sessions.links)) links"),
            StatusPage.Fact(
                "Password hasher", "\(StatusText.number(hasher.waitingCount)) of \(StatusText.number(hasher.capacity))",
                remark: "\(number(.hasherRefusals)) refused", isNotable: hasher.waitingCount * 4 >= hasher.capacity * 3),
            StatusPage.Fact("Throttled log-ins", number(.throttledLogIns), remark: "since the start"),
            StatusPage.Fact("Refused sign-ups", number(.refusedSignUps), remark: "since the start"),
            StatusPage.Fact("Refused sessions", number(.serverRefusedSessions), remark: "too many of one address"),
            StatusPage.Fact("Failed TLS handshakes", number(.serverHandshakeFailures), remark: "since the start"),
            ProcessFacts.lostLogLines,
        ]
    }

    private func table(_ fault: String?) -> StatusPage.Table {
        StatusPage.Table(
            "Parts", ["Part", "State", "Waiting", "Lost", "Size"],
            [databaseRow(fault), auditRow, diskRow], empty: "")
    }

    private func databaseRow(_ fault: String?) -> [StatusPage.Cell] {
        let store = components.store
        let state =
            if let fault {
                StatusPage.Badge(.bad, "failing", reason: fault)
            } else if store.isLogTooLong {
                StatusPage.Badge(.warning, "long log", reason: "new accounts are refused")
            } else {
                StatusPage.Badge(.good, "works")
            }
        let size = store.logSize.map { "\(StatusText.bytes(Int($0))) log" } ?? "-"
        return [
            .text("Database"), .badge(state), .number(StatusText.number(store.waitingWrites)), .number("-"),
            .number(size),
        ]
    }

    private var auditRow: [StatusPage.Cell] {
        guard let health = components.audit?.health else {
            return [.text("Audit log"), .badge(StatusPage.Badge(.idle, "off"))] + [
                .number("-"), .number("-"), .number("-"),
            ]
        }
        let state =
            switch health.state {
            case .ok: StatusPage.Badge(health.lost > 0 ? .warning : .good, "works")
            case .full, .hanging: StatusPage.Badge(.warning, "late", reason: "\(health.state)")
            case .failing, .vanished: StatusPage.Badge(.bad, "failing", reason: "\(health.state)")
            }
        return [
            .text("Audit log"), .badge(state), .number(StatusText.number(health.queued)),
            .number(StatusText.number(health.lost)), .number("\(StatusText.number(health.lines)) lines"),
        ]
    }

    private var diskRow: [StatusPage.Cell] {
        let found = components.room.look()
        guard found.free != .max else {
            return [.text("Disk"), .badge(StatusPage.Badge(.idle, "unknown"))] + [
                .number("-"), .number("-"), .number("-"),
            ]
        }
        let state =
            found.isLow
            ? StatusPage.Badge(.warning, "almost full", reason: "new accounts are refused")
            : StatusPage.Badge(.good, "has room")
        return [
            .text("Disk"), .badge(state), .number("-"), .number("-"),
            .number("\(StatusText.bytes(Int(max(0, found.free)))) free"),
        ]
    }
}
