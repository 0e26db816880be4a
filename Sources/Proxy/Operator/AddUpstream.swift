import Wire

/// ADDUPSTREAM adds a server.
struct AddUpstream: Command {
    private static let upstream = Parameter.upstream

    static let spec = CommandSpec(
        "ADDUPSTREAM", [upstream.spec], access: .operator, isRepeatable: false, failures: [.upstreamKnown, .noLinkTLS],
        summary: "Connect to another server",
        help: """
            The server gets new sessions as soon as it has announced its commands. Existing sessions stay on their \
            servers. The proxy forgets the server when it stops. To keep the server, add it to the settings.
            """)

    func run(_ call: OperatorCall) async throws -> Answer {
        let upstream = try call.value(Self.upstream)
        try await call.proxy.directory.add(upstream)
        return Answer(.done("\(upstream) is added; UPSTREAMS shows whether it is ready"))
    }
}
