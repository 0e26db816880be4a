import ArgumentParser
import Daemon
import Input
import Store

/// The command `claverod backup DIR FILE`, which copies the database while the servers run.
struct Backup: AsyncParsableCommand, Sendable {
    static let configuration = CommandConfiguration(
        commandName: "claverod backup",
        abstract: "Write the database as it is at one moment into a new file, while the servers run.",
        discussion: "The keys of the data directory are not in it. Keep root.key too, and elsewhere.")

    @OptionGroup var database: DatabaseOptions

    @Argument(help: "The data directory.")
    var directory: String

    @Argument(help: "The file to make; it must not be there yet.")
    var file: String

    func run() async throws {
        let data = try DataDirectory(path: directory, database: database.address)
        try data.requireDatabaseFile()
        try data.requireOwner(of: data.databaseFile)
        do throws(OpenError) {
            try SQLiteBackup.write(of: data.databasePath, to: file)
        } catch {
            throw StartError("\(error)")
        }
        print("The database is in \(file). To open its keys takes the root key of today, which is not in it.")
    }
}
