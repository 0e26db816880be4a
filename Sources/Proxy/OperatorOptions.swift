import ArgumentParser
import Link

/// The options for the operator's socket and the balancer's checks.
struct OperatorOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "The admin socket for the operator's commands: a path, or off. (default: off)", valueName: "path"),
        completion: .file())
    var adminSocket: String?

    @Option(
        help: ArgumentHelp(
            "The address that answers HAProxy's agent-check: host:port, or unix:/path.", valueName: "host:port"))
    var agentCheck: Endpoint?

    /// The names of these options in the settings.
    static let names = ["admin-socket", "agent-check"]
}
