import ArgumentParser
import Daemon

/// `claverod init DIR`: makes what a site needs. It overwrites nothing.
struct Initialize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claverod init", abstract: "Make a data directory: root key, token key and database.")

    @Argument(help: "The directory; it is made if need be.")
    var directory: String

    func run() async throws {
        try DataDirectory(path: directory).create()
    }
}
