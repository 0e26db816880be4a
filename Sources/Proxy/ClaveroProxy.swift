import ArgumentParser
import Daemon
import Foundation
import Logging

/// clavero-proxy(8), the one door.
@main
struct ClaveroProxy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clavero-proxy", abstract: "Clavero's proxy: carries every client session to the servers.",
        version: "0.1.0")

    @Option(help: "Where to listen: host:port.")
    var listen = Endpoint(argument: "127.0.0.1:6000")!

    @Option(help: "A server behind the proxy: host:port. May be given repeatedly.")
    var upstream: [Endpoint] = []

    @Option(help: "A file of settings: key = value.")
    var config: String?

    @OptionGroup var sessions: SessionOptions

    /// Every option above, by name.
    static let settings = ["listen", "upstream", "config"] + SessionOptions.names

    static func main() async {
        await Daemon.main(
            ClaveroProxy.self, program: "clavero-proxy", Array(CommandLine.arguments.dropFirst()),
            settings: Settings(names: settings))
    }

    func validate() throws {
        guard !upstream.isEmpty else { throw ValidationError("at least one --upstream is needed") }
    }

    func run() async throws {
        let logger = Logger(label: "clavero-proxy") { DaemonLog(label: $0) }
        try await Daemon.run(Proxy(self, logger: logger), logger: logger)
    }
}
