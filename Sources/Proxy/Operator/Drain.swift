import Link
import Wire

/// DRAIN stops new sessions at the proxy, or at one server.
struct Drain: Command {
    private static let upstream = Parameter.upstream

    static let spec = CommandSpec(
        "DRAIN", [upstream.optional], access: .operator, isRepeatable: true, failures: [.upstreamUnknown],
        summary: "Stop new sessions, or stop requests to one server",
        help: """
            Without an argument, the proxy answers new sessions with 421, and existing sessions continue. With an \
            upstream, that server gets no more requests. It finishes its running requests, and each session moves to \
            another server when none of its requests are running. The links stay open. Commands that no other server \
            has are answered with 451. RESUME undoes it.
            """)

    func run(_ call: OperatorCall) async throws -> Answer {
        if let upstream = try call.optional(Self.upstream) {
            try await call.proxy.directory.setDraining(upstream, true)
            return Answer(.done("\(upstream) gets no more requests; UPSTREAMS shows what still runs there"))
        }
        call.proxy.admission.close()
        return Answer(.done("New sessions are refused; existing ones continue"))
    }
}
