import ArgumentParser
import Daemon
import Foundation
import Input
import Store

/// The command `claverod backup DIR TARGET`, which copies the database while the servers run.
struct Backup: OwnerCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the database to a new file, while the servers run.",
        discussion: """
            If the target is a directory, the new file is named after the time, such as \
            clavero-20261130T181500Z.db. The backup does not contain the keys of the data directory. Keep a copy of \
            root.key in another place.
            """)

    @Option(
        help: ArgumentHelp(
            "Keep this many backups in the target, which must be a directory, and remove older ones.",
            valueName: "number"))
    var keep: Int?

    @OptionGroup var database: DatabaseOptions

    @Argument(help: "The data directory.")
    var directory: String

    @Argument(help: "The file to create, which must not exist yet, or an existing directory for it.")
    var target: String

    func validate() throws {
        guard !target.isEmpty, target != "-" else {
            throw ValidationError("the target must be a file or a directory; standard output cannot be used")
        }
        guard keep.map({ $0 >= 1 }) ?? true else { throw ValidationError("--keep must be at least 1") }
    }

    func becomeOwner() throws(StartError) {
        let data = DataDirectory(path: directory)
        try data.becomeOwner(of: data.databaseFile)
    }

    func run() async throws {
        let data = try DataDirectory(path: directory, database: database.address)
        try data.requireDatabaseFile()
        let folder = BackupFolder(target)
        guard keep == nil || folder != nil else {
            throw StartError(
                "\(target): not a directory, so --keep cannot be used; make the directory first", .creation)
        }
        guard folder != nil || !target.hasSuffix("/") else {
            throw StartError("\(target): no such directory; make it first", .creation)
        }
        let file = folder?.newFile ?? target
        try DurableFile.requireDirectory(of: file)
        folder?.removeAbandoned()
        do throws(OpenError) {
            try SQLiteBackup.write(of: data.databasePath, to: file)
        } catch {
            guard error.cause == .exists else { throw StartError(error) }
            throw StartError("\(file): already exists; name another file, or a directory for a new one", .creation)
        }
        print("The backup is in \(file). Its keys can be opened only with the current root key, which is not in it.")
        guard let keep, let folder else { return }
        for removed in try folder.removeAll(except: keep, sparing: file) { print("Removed: \(removed)") }
    }
}
