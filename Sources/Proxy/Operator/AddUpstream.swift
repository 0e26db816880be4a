import Wire

/// ADDUPSTREAM adds a server.
struct AddUpstream: Command {
    private static let upstream = Parameter.upstream

    static let spec = CommandSpec(
        "ADDUPSTREAM", [upstream.spec], access: .operator, isRepeatable: false, failures: [.upstreamKnown, .noLinkTLS],
        summary: "Connect to another server",
        help: """
            It gets new sessions as soon as it has said what it answers; those that there are stay where they are. It \
            is forgotten when the proxy ends: the settings have what is to stay.
            """)

    func run(_ call: OperatorCall) async throws -> Answer {
        let upstream = try call.value(Self.upstream)
        try await call.proxy.directory.add(upstream)
        return Answer(.done("\(upstream) is added; UPSTREAMS shows whether it is ready"))
    }
}
