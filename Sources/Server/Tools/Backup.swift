import ArgumentParser
import Daemon
import Input
import Store

/// The command `claverod backup DIR FILE`, which copies the database while the servers run.
struct Backup: AsyncParsableCommand, Sendable {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the database to a new file, while the servers run.",
        discussion:
            "The backup does not contain the keys of the data directory. Keep a copy of root.key in another place.")

    @OptionGroup var database: DatabaseOptions

    @Argument(help: "The data directory.")
    var directory: String

    @Argument(help: "The file to create. It must not exist yet.")
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
        print("The backup is in \(file). Its keys can be opened only with the current root key, which is not in it.")
    }
}
