import ArgumentParser
import Daemon
import Foundation
import Logging
import Seal

/// The daemon itself.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claverod", abstract: "Clavero's server: identities, keys, encryption, log-in, verification.",
        discussion: "claverod init DIR makes the data directory that it needs.", version: "0.1.0")

    @Option(help: "What to serve: keys, auth, or both with a comma between them.")
    var plugins: PluginNames

    @Option(help: "Where to listen: host:port.")
    var listen = Endpoint(argument: "127.0.0.1:5000")!

    @Option(help: "The directory that claverod init made.")
    var dataDir: String

    @Option(help: "The name under which this site's tokens are issued; the same on all its servers.")
    var site = "clavero"

    @Option(
        help: "What a password costs to hash: log2 of scrypt's N, r and p. (default: \(PasswordCost.standard))",
        transform: { text in
            guard let cost = PasswordCost(text) else { throw ValidationError("expected log2(N),r,p") }
            return cost
        })
    var passwordCost = PasswordCost.standard

    @Option(help: "Threads that hash passwords.")
    var hasherThreads = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "Passwords that may wait to be hashed or be under way; one more is refused.")
    var hasherQueue = 64

    @Option(help: "Seconds that a token is good for.")
    var tokenLifetime = 3600

    @Option(help: "A file of settings: key = value.")
    var config: String?

    @OptionGroup var sessions: SessionOptions

    /// Every option above, by name.
    static let settings =
        [
            "plugins", "listen", "data-dir", "site", "password-cost", "hasher-threads", "hasher-queue",
            "token-lifetime", "config",
        ] + SessionOptions.names

    func validate() throws {
        for (name, value) in [
            ("hasher-threads", hasherThreads), ("hasher-queue", hasherQueue), ("token-lifetime", tokenLifetime),
        ] where value < 1 { throw ValidationError("--\(name) must be at least 1") }
    }

    func run() async throws {
        let logger = Logger(label: "claverod") { DaemonLog(label: $0) }
        let server = try Server(self, logger: logger)
        try await Daemon.run(server, logger: logger)
    }
}

/// Which plugins a server is started with.
struct PluginNames: ExpressibleByArgument, Sendable {
    enum Name: String, CaseIterable {
        case keys, auth
    }

    let names: [Name]

    init?(argument: String) {
        let words = argument.split(separator: ",", omittingEmptySubsequences: false)
        let names = words.compactMap { Name(rawValue: String($0)) }
        guard names.count == words.count, !names.isEmpty, Set(names).count == names.count else { return nil }
        self.names = names
    }

    static var allValueStrings: [String] { Name.allCases.map(\.rawValue) }
    var defaultValueDescription: String { names.map(\.rawValue).joined(separator: ",") }
}
