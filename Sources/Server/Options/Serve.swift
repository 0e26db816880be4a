import ArgumentParser
import Audit
import Commands
import Daemon
import Foundation
import Input
import Link
import Logging
import Seal

/// The command without a name, which runs the daemon.
struct Serve: DaemonCommand {
    static let configuration = CommandConfiguration(
        commandName: "claverod", abstract: "Clavero's server: identities, keys, encryption, log-in, verification.",
        discussion: """
            Commands that create and maintain a site. Each has --help:

              claverod init DIR           create a data directory
              claverod rewrap DIR         create a new root key, while the servers run
              claverod rotate DIR         create a new key that signs tokens
              claverod backup DIR FILE    copy the database to a file
              claverod restore DIR FILE   restore the database from a backup
              claverod migrate …          copy the database to PostgreSQL, or back
              claverod audit verify FILE  check whether an audit log is complete and unchanged
              claverod check …            ask the server that has these options whether it is healthy
            """, version: Version.text)

    @Option(help: "The plugins to serve: keys, auth, or both separated by a comma.")
    var plugins: PluginNames

    @Option(help: "The address to listen on: host:port, *:port for every interface, or unix:/path.")
    var listen = Endpoint("127.0.0.1:5000")!

    @Option(help: "The directory that claverod init made.")
    var dataDir: String

    @Option(help: "The directory for this server's audit log and admin socket. (default: the data directory)")
    var stateDir: String?

    @Option(help: "The issuer name in this site's tokens. All servers of the site must have the same.")
    var site = "clavero"

    @Option(
        help: "The cost of hashing a password: log2(N), r and p of scrypt. (default: \(PasswordCost.standard))",
        transform: { text in
            guard let cost = PasswordCost(text) else { throw ValidationError("expected log2(N),r,p") }
            return cost
        })
    var passwordCost = PasswordCost.standard

    @Option(help: "Threads that hash passwords.")
    var hasherThreads = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "The most passwords that may wait or be hashed at once. Further ones are refused.")
    var hasherQueue = 64

    @Option(help: "Seconds until a token expires.")
    var tokenLifetime = 3600

    @Option(help: "Who may sign up: open, invited or closed.")
    var signUp = SignUpPolicy.open

    @Option(help: "Wrong log-ins for one account from one network until further ones are refused for a while.")
    var throttleLimit = LogInThrottle.Policy().limit

    @Option(help: "Wrong log-ins from one network, for any accounts, until further ones are refused for a while.")
    var throttleNetworkLimit = LogInThrottle.Policy().networkLimit

    @Option(
        help: """
            Seconds until wrong log-ins are forgotten: after the last one for an account, after the first one for a \
            network.
            """)
    var throttleWindow = LogInThrottle.Policy().window

    @Option(help: "The admin socket for the operator's commands: a path, or off. (default: in the state directory)")
    var adminSocket: String?

    @Option(help: "Who may connect to the admin socket: the server's user, or also the user's group.")
    var adminAccess = AdminAccess.owner

    @Option(help: "The audit log: a path, or off. (default: in the state directory)")
    var auditLog: String?

    @Option(help: "What to do with commands while the audit log cannot be written: refuse or continue.")
    var auditFailure = AuditPolicy.refuse

    @Option(help: "A file of settings, with one key = value on each line.")
    var config: String?

    @OptionGroup var unauthenticated: UnauthenticatedOptions
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var pluginOptions: PluginOptions
    @OptionGroup var sessions: SessionOptions
    @OptionGroup var links: LinkOptions
    @OptionGroup var observation: ObservationOptions
    @OptionGroup var process: ProcessOptions

    /// The names of all options above in settings files.
    static let settings =
        [
            "plugins", "listen", "data-dir", "state-dir", "site", "password-cost", "hasher-threads", "hasher-queue",
            "token-lifetime", "sign-up", "throttle-limit", "throttle-network-limit", "throttle-window",
            "admin-socket", "admin-access", "audit-log", "audit-failure", "config",
        ] + UnauthenticatedOptions.names + DatabaseOptions.names + PluginOptions.names + SessionOptions.names
        + LinkOptions.names + ObservationOptions.names + ProcessOptions.names

    /// The longest time that an option accepts: ten years, in seconds. Computing with such times cannot overflow.
    private static let longestTime = 10 * 365 * 86_400

    /// The settings that can change while the server runs. They are the ones that `policy` is made from.
    private static let live: Set = [
        "sign-up", "token-lifetime", "throttle-limit", "throttle-network-limit", "throttle-window",
        "signups-per-network", "signups-per-hour",
    ]

    var policy: SitePolicy.Values {
        var values = SitePolicy.Values()
        (values.signUp, values.tokenLifetime) = (signUp, tokenLifetime)
        (values.throttle.limit, values.throttle.window) = (throttleLimit, throttleWindow)
        values.throttle.networkLimit = throttleNetworkLimit
        values.signUpBounds = unauthenticated.signUps
        return values
    }

    /// The directory of the audit log, the admin socket and the plugins' directories.
    var stateDirectory: String { stateDir ?? dataDir }

    /// The address of the admin socket; nil if the server has none. Any client that can open the socket acts as the
    /// operator.
    var adminEndpoint: Endpoint? {
        get throws(StartError) {
            let path = adminSocket ?? "\(stateDirectory)/\(plugins.daemon).sock"
            guard path != "off" else { return nil }
            guard let endpoint = Endpoint(socket: path) else {
                throw StartError(
                    "\(path): too long for the path of a socket; give another one with --admin-socket, or off")
            }
            return endpoint
        }
    }

    func validate() throws {
        for (name, value) in [
            ("hasher-threads", hasherThreads), ("hasher-queue", hasherQueue), ("token-lifetime", tokenLifetime),
            ("throttle-limit", throttleLimit), ("throttle-network-limit", throttleNetworkLimit),
            ("throttle-window", throttleWindow),
        ] where value < 1 { throw ValidationError("--\(name) must be at least 1") }
        for (name, seconds) in [("token-lifetime", tokenLifetime), ("throttle-window", throttleWindow)]
        where seconds > Self.longestTime {
            throw ValidationError("--\(name) must be at most \(Self.longestTime)")
        }
    }

    func run() async throws {
        let logger = observation.logger("claverod")
        let read = { @Sendable in
            try Daemon.read(Serve.self, Claverod.words, settings: Claverod.daemonSettings)
        }
        let settings = ReloadableSettings(live: Self.live, logger: logger, read)
        try await Daemon.run(try Server(self, settings, logger: logger), logger: logger)
    }
}

/// The users who may connect to the admin socket.
enum AdminAccess: String, ExpressibleByArgument, CaseIterable, Sendable {
    case owner, group

    var mode: mode_t { self == .owner ? 0o600 : 0o660 }
}

extension SignUpPolicy: ExpressibleByArgument {}
extension AuditPolicy: ExpressibleByArgument {}
