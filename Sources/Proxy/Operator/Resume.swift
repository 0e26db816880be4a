import Link
import Wire

/// RESUME: as before DRAIN.
enum Resume: OperatorCommand {
    static let spec = CommandSpec(
        operator: "RESUME", [.target], summary: "Take new sessions again, or give a server some",
        help: "It undoes DRAIN: that of the proxy, or that of an upstream.")
    static let failures: [Failure] = [.notAnUpstream, .upstreamUnknown]

    static func run(_ request: Request, _ proxy: Operator) async throws(Failure) -> Reply {
        if let upstream = try upstream(of: request) {
            try await proxy.directory.setDraining(upstream, false)
            return .done("\(upstream) gets sessions again")
        }
        proxy.admission.open()
        return .done("New sessions are taken")
    }
}
