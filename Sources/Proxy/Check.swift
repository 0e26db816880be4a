import ArgumentParser
import Daemon
import Wire

/// The command `clavero-proxy check`: asks the proxy that has the same settings whether it is well.
struct Check: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Ask a running proxy whether it is healthy. The exit status is 0 if it is, and 1 if not.",
        discussion: """
            The command takes the options and settings of the proxy, and connects to the address on which the proxy \
            listens. A proxy is healthy if it answers and each of its servers has announced its commands, or if it is \
            drained.
            """)

    @OptionGroup var proxy: ClaveroProxy

    /// The options of the process. The command needs them too, because only the daemon's user can open a Unix socket
    /// of the daemon.
    var process: ProcessOptions { proxy.process }

    /// A verb that no server gives to a proxy. The reply is 500 if all servers have announced their commands, because
    /// then the verb is unknown for good. Before that the reply is 451, because the verb might become known.
    private static let unknown = "HEALTH"

    func run() async throws {
        let probe = Probe(proxy.listen)
        let reply = try await probe.reply(to: Self.unknown)
        // A drained proxy counts as healthy. It must not be restarted, because it still has sessions.
        guard reply != Failure.stopping.reply else {
            return print("healthy: the proxy is drained, and takes no new sessions")
        }
        guard reply.code != 451 else { throw probe.failure("a server has not announced its commands yet") }
        guard reply.code == 500 else { throw probe.failure("\(reply.code) \(reply.text)") }
        print("healthy: all servers have announced their commands")
    }
}
