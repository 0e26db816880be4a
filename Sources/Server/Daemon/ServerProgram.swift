import ArgumentParser
import Daemon
import Input

/// The root command of claverod. Without a subcommand it runs the daemon.
struct ServerProgram: DaemonProgram {
    static let configuration = CommandConfiguration(
        commandName: "claverod", abstract: "Clavero's server: identities, keys, encryption, log-in, verification.",
        discussion: """
            Without a subcommand, claverod runs the server: claverod help serve lists the options. The other \
            subcommands make and maintain a site.
            """,
        version: Version.text,
        subcommands: [
            Serve.self, Check.self, Initialize.self, Rewrap.self, Rotate.self, RenewCertificates.self, Backup.self,
            Restore.self, Migrate.self, AuditCommands.self,
        ],
        defaultSubcommand: Serve.self)

    static let settings = SettingsSources(
        names: Serve.settings, repeatable: PluginOptions.repeatable,
        examples: ["plugins": "keys", "data-dir": "/var/lib/clavero"])

    /// The check command reads the same settings as the daemon that it queries. The other commands read none.
    static var readers: [any ParsableCommand.Type] { [Serve.self, Check.self] }

    typealias Service = Serve
}

/// The commands about audit logs.
struct AuditCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Work on an audit log.", subcommands: [VerifyAudit.self])
}
