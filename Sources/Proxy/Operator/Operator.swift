import Daemon
import Link
import NIOCore

/// What the operator's commands act on: the proxy as it runs.
struct Operator: Sendable {
    let directory: Directory
    let addressLimiter: AddressLimiter
    let admission: AdmissionSwitch
    let state: ServingState

    enum Phase: String {
        case starting, serving, draining, stopping
    }

    /// Whether new sessions are taken.
    var phase: Phase {
        switch state.current {
        case .starting: .starting
        case .stopping: .stopping
        case .listening: admission.isOpen ? .serving : .draining
        }
    }

    /// What keeps a session from finding a server for each command; empty where nothing does.
    var missing: [String] {
        get async { await directory.missing }
    }

    /// What HAProxy's agent-check is told. A balancer keeps what it was told last of each of two things: whether to send
    /// new connections, which is `ready` or `drain`, and whether the server works, which is `up` or `down`.
    var agentLine: String {
        get async {
            guard phase == .serving || phase == .starting else { return "drain" }
            let missing = state.missing + (await missing)
            return missing.isEmpty ? "ready up 100%" : "down #\(missing.joined(separator: "; "))"
        }
    }

    var uptime: Int { Int((NIODeadline.now() - directory.start).nanoseconds / 1_000_000_000) }
}
