import ArgumentParser
import Daemon

/// `claverod init DIR`: makes what a site needs. It overwrites nothing.
struct Initialize: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a data directory: root key, token key and database.")

    @Argument(help: "The directory; it is made if need be.")
    var directory: String

    func run() throws {
        try DataDirectory(path: directory).create()
    }
}
