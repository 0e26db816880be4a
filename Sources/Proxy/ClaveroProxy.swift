import ArgumentParser
import Daemon
import Foundation
import Input
import Link
import Logging

/// The command that runs the proxy. It is the default subcommand.
struct ClaveroProxy: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the proxy. This is what clavero-proxy does without a subcommand.",
        discussion: """
            Every option that takes a value can also be a line of the file that --config names, or a variable of the \
            environment: clavero.conf(5) describes both.
            """)

    @Option(
        help: ArgumentHelp(
            "The address to listen on: host:port, *:port for every interface, or unix:/path.",
            valueName: "host:port"))
    var listen = Endpoint("127.0.0.1:6000")!

    @Option(
        help: ArgumentHelp(
            "The address to listen on for clients that begin with TLS: host:port.", valueName: "host:port"))
    var listenTLS: Endpoint?

    @Option(
        help: ArgumentHelp(
            "A server behind the proxy: host:port, or unix:/path. May be given repeatedly.", valueName: "host:port"))
    var upstream: [Endpoint] = []

    @OptionGroup var process: ProcessOptions
    @OptionGroup(title: "TLS with clients") var tls: TLSOptions
    @OptionGroup(title: "Addresses of clients") var clients: ClientAddressOptions
    @OptionGroup(title: "Sessions") var sessions: SessionOptions
    @OptionGroup(title: "Links to the servers") var servers: ServerOptions
    @OptionGroup(title: "TLS on links") var links: LinkOptions
    @OptionGroup(title: "The operator") var administration: OperatorOptions
    @OptionGroup(title: "Monitoring") var observation: ObservationOptions

    /// The names of all options above.
    static let settings =
        ["listen", "listen-tls", "upstream"] + ProcessOptions.names + TLSOptions.names + ClientAddressOptions.names
        + SessionOptions.names + ServerOptions.names + LinkOptions.names + OperatorOptions.names
        + ObservationOptions.names

    /// The names of the options that may be given repeatedly.
    static let repeatable: Set = ["upstream", "balancer"]

    /// The endpoint of the admin socket; nil if the socket is off. Its owner alone can open it, and every client that
    /// can open it acts as the operator.
    var adminEndpoint: Endpoint? {
        get throws(StartError) {
            guard let path = administration.adminSocket, path != "off" else { return nil }
            guard let endpoint = Endpoint(socket: path) else {
                throw StartError(
                    "\(path): too long for the path of a socket; give another one with --admin-socket, or off",
                    .configuration)
            }
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
    }

    var endpoints: [(setting: String, endpoint: Endpoint)] {
        get throws {
            let all: [(String, Endpoint?)] = [
                ("listen", listen), ("listen-tls", listenTLS), ("metrics", observation.metrics),
                ("agent-check", administration.agentCheck), ("admin-socket", try adminEndpoint),
            ]
            return all.compactMap { name, endpoint in endpoint.map { (setting: name, endpoint: $0) } }
        }
    }

    /// Looks for problems of the certificates, their keys and the admin socket.
    func examine(_ examination: inout SettingsExamination) {
        let credentials = examination.credentials(user: process.user)
        let isCheck = examination.isCheck
        let now = Int(Date().timeIntervalSince1970)
        var problems: [String] = []
        examination.check("tls-certificate", "tls-key") {
            problems += try tls.identity(credentials: credentials)?.problems(at: now) ?? []
        }
        if examination.knows("upstream"), upstream.contains(where: links.isEncrypted) {
            examination.check("link-certificate", "link-key", "link-authority") {
                problems += try links.identity(for: .linkClient, credentials: credentials).problems(at: now)
            }
        }
        for problem in isCheck ? problems : [] {
            examination.note(problem, of: ["tls-certificate", "link-certificate", "link-authority"])
        }
        examination.check("admin-socket") {
            guard case .unix(let path)? = try adminEndpoint, isCheck else { return }
            try SettingsExamination.requireWritable(file: path, kind: S_IFSOCK, named: "socket")
        }
        let endpoints = (try? endpoints) ?? []
        examination.requireDifferent(endpoints)
        if examination.isCheck { examination.requireSockets(endpoints) }
    }

    func run() async throws {
        let logger = observation.logger("clavero-proxy")
        UnknownVariables(ProxyProgram.settings).warn(logger)
        let read = { @Sendable in try Daemon.readService(ProxyProgram.self, ProgramArguments.repaired) }
        try await Daemon.run(try Proxy(self, logger: logger, read: read), logger: logger)
    }
}
