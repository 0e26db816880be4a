import Daemon
import Link
import NIOCore

/// The running proxy, as the operator's commands see and change it.
struct Operator: Sendable {
    let directory: Directory
    let addressLimiter: AddressLimiter
    let admission: AdmissionSwitch
    let state: ServingState

    enum Phase: String {
        case starting, serving, draining, stopping
    }

    /// The phase of the proxy, which decides whether it takes new sessions.
    var phase: Phase {
        switch state.current {
        case .starting: .starting
        case .stopping: .stopping
        case .listening: admission.isOpen ? .serving : .draining
        }
    }

    /// The reasons why a session might find no server for a command; empty if no such reason exists.
    var missing: [String] {
        get async { await directory.missing }
    }

    /// The answer to HAProxy's agent-check. A balancer keeps the last value of each of two states: whether to send
    /// new connections (`ready` or `drain`), and whether the server works (`up` or `down`).
    var agentLine: String {
        get async {
            guard phase == .serving || phase == .starting else { return "drain" }
            let missing = state.missing + (await missing)
            return missing.isEmpty ? "ready up 100%" : "down #\(missing.joined(separator: "; "))"
        }
    }

    /// A line about the proxy for its service manager: its sessions, and the servers that have a link.
    var statusLine: String {
        get async {
            let count = addressLimiter.total.sessions
            let work =
                switch phase {
                case .starting, .serving: "serving"
                case .draining: "draining"
                case .stopping: "finishing"
                }
            let servers = await directory.reports.filter { $0.report.state != .leaving }
            let up = servers.count { $0.report.readyLinks > 0 }
            return "\(work) \(count) session\(count == 1 ? "" : "s"), \(up) of \(servers.count) servers up"
        }
    }

    var uptime: Int { Int((NIODeadline.now() - directory.start).nanoseconds / 1_000_000_000) }
}
