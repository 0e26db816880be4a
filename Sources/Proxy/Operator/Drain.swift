import Link
import Wire

/// DRAIN stops new sessions at the proxy, or at one server.
struct Drain: Command {
    private static let upstream = Parameter.upstream

    static let spec = CommandSpec(
        "DRAIN", [upstream.optional], access: .operator, isRepeatable: true, failures: [.upstreamUnknown],
        summary: "Take no new sessions, or give a server none",
        help: """
            Alone it has new sessions told 421, while those that there are go on. With an upstream, that server gets \
            nothing more: what is under way there is answered, and its sessions go to another server when nothing of \
            theirs is. Its links stay. Commands that no other server has are answered with 451. RESUME undoes it.
            """)

    func run(_ call: OperatorCall) async throws -> Answer {
        if let upstream = try call.optional(Self.upstream) {
            try await call.proxy.directory.setDraining(upstream, true)
            return Answer(.done("\(upstream) gets nothing more; UPSTREAMS shows what is left there"))
        }
        call.proxy.admission.close()
        return Answer(.done("New sessions are refused; those that there are go on"))
    }
}
