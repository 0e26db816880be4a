import Wire

/// DROPUPSTREAM removes a server.
struct DropUpstream: Command {
    private static let upstream = Parameter.upstream

    static let spec = CommandSpec(
        "DROPUPSTREAM", [upstream.spec], access: .operator, isRepeatable: false, failures: [.upstreamUnknown],
        summary: "Leave a server",
        help: """
            What is under way there is answered. Its sessions go to another server when nothing of theirs is under way, \
            and its links are closed. Commands that no other server has are answered with 451 from then on.
            """)

    func run(_ call: OperatorCall) async throws -> Answer {
        let upstream = try call.value(Self.upstream)
        try await call.proxy.directory.drop(upstream)
        return Answer(.done("\(upstream) is dropped; it finishes what is under way"))
    }
}
