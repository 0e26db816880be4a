import ArgumentParser
import Daemon
import Foundation
import Input
import Link
import Logging

/// The program clavero-proxy(8), through which all clients reach the servers.
@main
struct ClaveroProxy: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "clavero-proxy", abstract: "Clavero's proxy: carries every client session to the servers.",
        discussion: "clavero-proxy check, with the same options, asks a running proxy whether it is healthy.",
        version: Version.text)

    @Option(help: "The address to listen on: host:port, *:port for every interface, or unix:/path.")
    var listen = Endpoint("127.0.0.1:6000")!

    @Option(help: "The address to listen on for clients that begin with TLS: host:port.")
    var listenTLS: Endpoint?

    @Option(help: "A server behind the proxy: host:port, or unix:/path. May be given repeatedly.")
    var upstream: [Endpoint] = []

    @Option(
        help: """
            Addresses of load balancers, such as 10.0.0.0/8, whose connections begin with HAProxy's PROXY protocol. \
            May be given repeatedly.
            """,
        transform: { text in
            guard let range = AddressRange(text) else { throw ValidationError("expected an address or address/bits") }
            return range
        })
    var balancer: [AddressRange] = []

    @Option(help: "The most sessions of one client address.")
    var addressSessions = 10_000

    @Option(help: "The most sessions of one client address that have not logged in.")
    var addressStrangers = 1000

    @Option(help: "The admin socket for the operator's commands: a path, or off. (default: off)")
    var adminSocket: String?

    @Option(help: "The address that answers HAProxy's agent-check: host:port, or unix:/path.")
    var agentCheck: Endpoint?

    @Option(help: "A file of settings, with one key = value on each line.")
    var config: String?

    @OptionGroup var servers: ServerOptions
    @OptionGroup var sessions: SessionOptions
    @OptionGroup var tls: TLSOptions
    @OptionGroup var links: LinkOptions
    @OptionGroup var observation: ObservationOptions
    @OptionGroup var process: ProcessOptions

    /// The names of all options above.
    static let settings =
        [
            "listen", "listen-tls", "upstream", "balancer", "address-sessions", "address-strangers", "admin-socket",
            "agent-check", "config",
        ]
        + ServerOptions.names + SessionOptions.names + TLSOptions.names + LinkOptions.names + ObservationOptions.names
        + ProcessOptions.names

    /// The names of the options that may be given repeatedly.
    static let repeatable: Set = ["upstream", "balancer"]

    static func main() {
        let words = Daemon.words(of: "clavero-proxy")
        if words.first == "check" {
            Daemon.main(Check.self, program: "clavero-proxy", Array(words.dropFirst()), settings: allSettings)
        }
        Daemon.main(ClaveroProxy.self, program: "clavero-proxy", words, settings: allSettings)
    }

    private static var allSettings: SettingsSources { SettingsSources(names: settings, repeatable: repeatable) }

    /// The endpoint of the admin socket; nil if the socket is off. Its owner alone can open it, and every client that
    /// can open it acts as the operator.
    var adminEndpoint: Endpoint? {
        get throws(StartError) {
            guard let path = adminSocket, path != "off" else { return nil }
            guard let endpoint = Endpoint(socket: path) else { throw StartError("\(path): not a path for a socket") }
            return endpoint
        }
    }

    /// The number of descriptors for everything but clients: each thread's own, and its two links to each server.
    /// Servers may be added later, so twice the configured servers are counted, and at least 8.
    var reservedDescriptors: Int { 64 + sessions.threads * (4 + 2 * max(2 * upstream.count, 8)) }

    func validate() throws {
        guard !upstream.isEmpty else { throw ValidationError("at least one --upstream is needed") }
        guard !upstream.contains(where: \.isEveryInterface) else {
            throw ValidationError("--upstream: *:port is not the address of a server")
        }
        guard listenTLS == nil || tls.tlsCertificate != nil else {
            throw ValidationError("--listen-tls needs --tls-certificate and --tls-key")
        }
        for (name, value) in [("address-sessions", addressSessions), ("address-strangers", addressStrangers)]
        where value < 1 { throw ValidationError("--\(name) must be at least 1") }
    }

    func run() async throws {
        let logger = observation.logger("clavero-proxy")
        let read = { @Sendable in
            try Daemon.read(ClaveroProxy.self, ProgramArguments.repaired, settings: ClaveroProxy.allSettings)
        }
        try await Daemon.run(try Proxy(self, logger: logger, read: read), logger: logger)
    }
}
