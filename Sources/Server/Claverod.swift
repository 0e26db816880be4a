import Daemon

/// claverod(8): the server daemon, and `claverod init`, which makes what it needs.
@main
enum Claverod {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.first == "init" {
            await Daemon.main(Initialize.self, program: "claverod", Array(arguments.dropFirst()))
        } else {
            await Daemon.main(Serve.self, program: "claverod", arguments, settings: Settings(names: Serve.settings))
        }
    }
}
