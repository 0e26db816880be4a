import ArgumentParser
import Daemon
import Seal
import Store

/// `claverod restore DIR FILE`: the database as it was in a backup, while the servers run.
struct Restore: AsyncParsableCommand, Sendable {
    static let configuration = CommandConfiguration(
        commandName: "claverod restore",
        abstract: "Make the database what it was when a backup was made, while the servers run.")

    @OptionGroup var database: DatabaseOptions

    @Argument(help: "The data directory.")
    var directory: String

    @Argument(help: "What claverod backup wrote.")
    var file: String

    func run() async throws {
        let data = try DataDirectory(path: directory, database: database.address)
        try data.requireDatabaseFile()
        let lock = try FileLock(beside: data.file("root.key"), for: "claverod rewrap or restore")
        defer { withExtendedLifetime(lock) {} }
        let keys = try RootKeyFile(data)
        do {
            guard try SQLiteStore.rootKeyIDs(inBackup: file).isSubset(of: keys.keys.ids) else {
                throw StartError("\(file): keys in it are wrapped under a root key that root.key does not have")
            }
            try SQLiteStore.restore(data.databasePath, from: file)
        } catch let error as OpenError {
            throw StartError("\(error)")
        }
        print(
            """
            The database is as it was in \(file). Everybody has to log in again.
            What was done since is undone: new accounts are gone; accounts that were disabled or forgotten, passwords \
            and log-in keys that were changed or dropped, and invitations that were used are back.
            """)
        try await adoptRootKey(data, keys)
    }

    /// A backup from before a rotation of the root key names the key of then.
    private func adoptRootKey(_ data: DataDirectory, _ keys: RootKeyFile) async throws {
        let store = try data.store()
        let rotation = RootKeyRotation(data, file: keys, store: store)
        try await rotation.adopt()
        let remaining = try await rotation.remaining()
        try? await store.close()
        if remaining > 0 {
            print("keys under an earlier root key: \(remaining); claverod rewrap wraps them under the current one")
        }
    }
}
