import ArgumentParser
import Daemon
import Wire

/// `clavero-proxy check`: asks the proxy that has the same settings whether it is well.
struct Check: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "clavero-proxy check",
        abstract: "Ask a running proxy whether it is well: status 0 if it is, 1 if not.",
        discussion: """
            It takes the options and settings of the proxy, and connects to where that listens. A proxy is well when it \
            answers and has heard from each of its servers what that answers, or when it is drained.
            """)

    @OptionGroup var proxy: ClaveroProxy

    /// A Unix socket is for the daemon's user alone.
    var process: ProcessOptions { proxy.process }

    /// A verb that no server gives to a proxy. It is unknown for good, 500, when all servers have said what they answer,
    /// and until then might become known, 451.
    private static let unknown = "HEALTH"

    func run() async throws {
        let probe = Probe(proxy.listen)
        let reply = try await probe.reply(to: Self.unknown)
        // One that is drained is not to be started again: it has sessions.
        guard reply != Failure.stopping.reply else { return print("healthy: it is drained, and takes no new sessions") }
        guard reply.code != 451 else { throw probe.failure("a server has not said yet what it answers") }
        guard reply.code == 500 else { throw probe.failure("\(reply.code) \(reply.text)") }
        print("healthy: all servers have said what they answer")
    }
}
