import ArgumentParser
import Daemon

/// claverod(8), the server daemon.
@main
struct Claverod: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claverod", abstract: "Clavero's server: identities, keys, encryption, log-in, verification.",
        version: "0.1.0", subcommands: [Serve.self, Initialize.self], defaultSubcommand: Serve.self)

    static func main() async {
        await Daemon.main(
            Claverod.self, program: "claverod", settings: Settings(names: Serve.settings),
            except: ["init", "help", "--help", "-h", "--version"])
    }
}
