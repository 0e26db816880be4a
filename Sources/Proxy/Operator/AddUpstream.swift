import Wire

/// ADDUPSTREAM: one server more.
enum AddUpstream: OperatorCommand {
    static let spec = CommandSpec(
        operator: "ADDUPSTREAM", [.upstream], isRepeatable: false, summary: "Connect to another server",
        help: """
            It gets new sessions as soon as it has said what it answers; those that there are stay where they are. It \
            is forgotten when the proxy ends: the settings have what is to stay.
            """)
    static let failures: [Failure] = [.notAnUpstream, .upstreamKnown, .noLinkTLS]

    static func run(_ request: Request, _ proxy: Operator) async throws(Failure) -> Reply {
        guard let upstream = try upstream(of: request) else { throw .usage(spec.usage) }
        try await proxy.directory.add(upstream)
        return .done("\(upstream) is added; UPSTREAMS shows whether it is ready")
    }
}
