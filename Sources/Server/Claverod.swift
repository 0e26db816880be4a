import Daemon

/// claverod(8): the server daemon, and `claverod init`, which makes what it needs.
@main
enum Claverod {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.first == "init" {
            Daemon.main(Initialize.self, program: "claverod", Array(arguments.dropFirst()))
        } else {
            Daemon.main(Serve.self, program: "claverod", arguments, settings: Settings(names: Serve.settings))
        }
    }
}
