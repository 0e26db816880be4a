import Wire

/// DROPUPSTREAM: one server less.
enum DropUpstream: OperatorCommand {
    static let spec = CommandSpec(
        operator: "DROPUPSTREAM", [.upstream], isRepeatable: false, summary: "Leave a server",
        help: """
            What is under way there is answered. Its sessions go to another server when nothing of theirs is under way, \
            and its links are closed. Commands that no other server has are answered with 451 from then on.
            """)
    static let failures: [Failure] = [.notAnUpstream, .upstreamUnknown]

    static func run(_ request: Request, _ proxy: Operator) async throws(Failure) -> Reply {
        guard let upstream = try upstream(of: request) else { throw .usage(spec.usage) }
        try await proxy.directory.drop(upstream)
        return .done("\(upstream) is dropped; it finishes what is under way")
    }
}
