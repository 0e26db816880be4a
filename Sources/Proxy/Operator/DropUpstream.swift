import Wire

/// DROPUPSTREAM removes a server.
struct DropUpstream: Command {
    private static let upstream = Parameter.upstream

    static let spec = CommandSpec(
        "DROPUPSTREAM", [upstream.spec], access: .operator, isRepeatable: false, failures: [.upstreamUnknown],
        summary: "Stop using a server",
        help: """
            The server finishes its running requests. Each session moves to another server when none of its requests \
            are running, and then the links are closed. From then on, commands that no other server has are answered \
            with 451.
            """)

    func run(_ call: OperatorCall) async throws -> Answer {
        let upstream = try call.value(Self.upstream)
        try await call.proxy.directory.drop(upstream)
        return Answer(.done("\(upstream) is dropped; it finishes its running requests"))
    }
}
