import ArgumentParser
import Commands
import Daemon
import Foundation
import Input
import Link
import Logging

/// The command that runs the daemon. It is the default subcommand.
struct Serve: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the server. This is what claverod does without a subcommand.",
        discussion: """
            Every option that takes a value can also be a line of the file that --config names, or a variable of the \
            environment: clavero.conf(5) describes both.
            """)

    @Option(
        help: ArgumentHelp(
            "The plugins to serve: keys, auth, or both separated by a comma.", valueName: "plugins"))
    var plugins: PluginNames

    @Option(
        help: ArgumentHelp(
            "The address to listen on: host:port, *:port for every interface, or unix:/path.",
            valueName: "host:port"))
    var listen = Endpoint("127.0.0.1:5000")!

    @Option(
        help: ArgumentHelp("The directory that claverod init made.", valueName: "directory"), completion: .directory)
    var dataDir: String

    @Option(
        help: ArgumentHelp(
            "The directory for this server's audit log and admin socket. (default: the data directory)",
            valueName: "directory"),
        completion: .directory)
    var stateDir: String?

    @Option(
        help: ArgumentHelp(
            "The issuer name in this site's tokens. All servers of the site must have the same.", valueName: "name"))
    var site = "clavero"

    @OptionGroup var process: ProcessOptions
    @OptionGroup(title: "Accounts and log-in") var accounts: AccountOptions
    @OptionGroup(title: "Clients without an account") var unauthenticated: UnauthenticatedOptions
    @OptionGroup(title: "The operator") var administration: OperatorOptions
    @OptionGroup(title: "Monitoring") var observation: ObservationOptions
    @OptionGroup(title: "The database") var database: DatabaseOptions
    @OptionGroup(title: "Plugins of your own") var pluginOptions: PluginOptions
    @OptionGroup(title: "Sessions") var sessions: SessionOptions
    @OptionGroup(title: "Links to the proxy") var links: LinkOptions

    /// The names of all options above in settings files.
    static let settings =
        ["plugins", "listen", "data-dir", "state-dir", "site"] + ProcessOptions.names + AccountOptions.names
        + UnauthenticatedOptions.names + OperatorOptions.names + ObservationOptions.names + DatabaseOptions.names
        + PluginOptions.names + SessionOptions.names + LinkOptions.names

    /// The settings that can change while the server runs. They are the ones that `policy` is made from.
    private static let live: Set = [
        "sign-up", "token-lifetime", "throttle-limit", "throttle-network-limit", "throttle-window",
        "signups-per-network", "signups-per-hour", "rotate-keys", "retire-keys",
    ]

    var policy: SitePolicy.Values {
        var values = SitePolicy.Values()
        (values.signUp, values.tokenLifetime) = (accounts.signUp, accounts.tokenLifetime)
        values.throttle = accounts.throttle
        (values.rotationAge, values.keyBounds) = (accounts.rotationAge, accounts.keyBounds)
        values.signUpBounds = unauthenticated.signUps
        return values
    }

    /// The directory of the audit log, the admin socket and the plugins' directories.
    var stateDirectory: String { stateDir ?? dataDir }

    /// The address of the admin socket; nil if the server has none. Any client that can open the socket acts as the
    /// operator.
    var adminEndpoint: Endpoint? {
        get throws(StartError) {
            let path = administration.adminSocket ?? "\(stateDirectory)/\(plugins.daemon).sock"
            guard path != "off" else { return nil }
            guard let endpoint = Endpoint(socket: path) else {
                throw StartError(
                    "\(path): too long for the path of a socket; give another one with --admin-socket, or off",
                    .configuration)
            }
            return endpoint
        }
    }

    /// The path of the audit log; nil if the server has none.
    var auditPath: String? {
        let path = administration.auditLog ?? "\(stateDirectory)/audit-\(plugins.daemon).log"
        return path == "off" ? nil : path
    }

    var endpoints: [(setting: String, endpoint: Endpoint)] {
        get throws {
            let all: [(String, Endpoint?)] = [
                ("listen", listen), ("metrics", observation.metrics), ("admin-socket", try adminEndpoint),
            ]
            return all.compactMap { name, endpoint in endpoint.map { (setting: name, endpoint: $0) } }
        }
    }

    func validate() throws {
        guard !site.isEmpty, !site.unicodeScalars.contains(where: \.isHarmful) else {
            throw ValidationError("--site must be a name without control characters")
        }
    }

    func run() async throws {
        let logger = observation.logger("claverod")
        UnknownVariables(ServerProgram.settings).warn(logger)
        let read = { @Sendable in try Daemon.readService(ServerProgram.self, Claverod.words) }
        let settings = ReloadableSettings(live: Self.live, logger: logger, read)
        try await Daemon.run(try Server(self, settings, logger: logger), logger: logger)
    }
}
