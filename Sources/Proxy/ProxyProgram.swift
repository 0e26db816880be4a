import ArgumentParser
import Daemon
import Input

/// The program clavero-proxy(8), through which all clients reach the servers. Without a subcommand it runs the proxy.
@main
struct ProxyProgram: DaemonProgram {
    static let configuration = CommandConfiguration(
        commandName: "clavero-proxy", abstract: "Clavero's proxy: carries every client session to the servers.",
        discussion: """
            Without a subcommand, clavero-proxy runs the proxy: clavero-proxy help serve lists the options.
            """,
        version: Version.text, subcommands: [ClaveroProxy.self, Check.self], defaultSubcommand: ClaveroProxy.self)

    static let settings = SettingsSources(
        names: ClaveroProxy.settings, repeatable: ClaveroProxy.repeatable, examples: ["upstream": "127.0.0.1:5000"])

    /// The check command reads the same settings as the proxy that it queries.
    static var readers: [any ParsableCommand.Type] { [ClaveroProxy.self, Check.self] }

    typealias Service = ClaveroProxy

    static func main() {
        Daemon.main(ProxyProgram.self, Daemon.words(of: "clavero-proxy"))
    }
}
