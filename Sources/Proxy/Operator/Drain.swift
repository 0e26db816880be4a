import Link
import Wire

extension ParameterSpec {
    /// One of the proxy's upstreams; left out, the proxy itself is meant.
    static let target = ParameterSpec("upstream", type: .word, isRequired: false)
}

/// DRAIN: no new sessions, at the proxy or at a server.
enum DrainCommand: OperatorCommand {
    static let spec = CommandSpec(
        operator: "DRAIN", [.target], summary: "Take no new sessions, or give a server none",
        help: """
            Alone it has new sessions told 421, while those that there are go on. With an upstream, that server gets \
            nothing more: what is under way there is answered, and its sessions go to another server when nothing of \
            theirs is. Its links stay. Commands that no other server has are answered with 451. RESUME undoes it.
            """)
    static let failures: [Failure] = [.notAnUpstream, .upstreamUnknown]

    static func run(_ request: Request, _ proxy: Operator) async throws(Failure) -> Reply {
        if let upstream = try upstream(of: request) {
            try await proxy.directory.setDraining(upstream, true)
            return .done("\(upstream) gets nothing more; UPSTREAMS shows what is left there")
        }
        proxy.admission.close()
        return .done("New sessions are refused; those that there are go on")
    }
}
