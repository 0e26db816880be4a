import Link
import Wire

/// RESUME undoes DRAIN.
struct Resume: Command {
    private static let upstream = Parameter.upstream

    static let spec = CommandSpec(
        "RESUME", [upstream.optional], access: .operator, isRepeatable: true, failures: [.upstreamUnknown],
        summary: "Take new sessions again, or use a server again",
        help: "It undoes DRAIN for the proxy, or for one upstream.")

    func run(_ call: OperatorCall) async throws -> Answer {
        if let upstream = try call.optional(Self.upstream) {
            try await call.proxy.directory.setDraining(upstream, false)
            return Answer(.done("\(upstream) gets requests again"))
        }
        call.proxy.admission.open()
        return Answer(.done("New sessions are accepted"))
    }
}
