import ArgumentParser
import Daemon
import Foundation
import Input
import POSIX
import Seal
import Store

/// The command `claverod restore DIR FILE`, which restores the database from a backup while the servers run.
///
/// It checks everything before it replaces anything. The files must belong to this user. The backup must be complete
/// and have the tables of this release. The file root.key must have the root key that the
/// backup names, even if the backup has no accounts, and must open all keys in the backup.
struct Restore: OwnerCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Restore the database from a backup, while the servers run.")

    @Flag(help: "Restore the backup even if keys of accounts in it are damaged. They stay damaged.")
    var acceptDamaged = false

    @OptionGroup var database: DatabaseOptions

    @Argument(help: "The data directory.")
    var directory: String

    @Argument(help: "The backup, which claverod backup wrote.")
    var file: String

    func becomeOwner() throws(StartError) {
        let data = DataDirectory(path: directory)
        try data.becomeOwner(of: data.databaseFile, "root.key")
    }

    func run() async throws {
        let data = try DataDirectory(path: directory, database: database.address)
        try data.requireNoServerDatabase()
        try requireOther(than: data.databasePath)
        let lock = try SiteLock(on: data)
        defer { withExtendedLifetime(lock) {} }
        let keys = try RootKeyFile(data).keys
        var earlier = 0
        do {
            let kept = try SQLiteRestore.restore(data.databasePath, from: file, for: data.databaseAccess) {
                (backup, replaced) in
                try requireSite(keys, backup, replaced, data)
                earlier = try requireOpened(keys, backup)
                return keys.current.id
            }
            report(kept, earlier)
        } catch let error as OpenError {
            throw StartError(error)
        }
    }

    /// Checks that the backup is a file, and not the database itself, not even by another name of it.
    private func requireOther(than database: String) throws(StartError) {
        var (backup, own) = (stat(), stat())
        guard stat(file, &backup) == 0 else {
            let reason =
                errno == ENOENT ? "no such file; name a backup that claverod backup wrote" : SystemError.phrase()
            throw StartError("\(file): \(reason)", .init(errno: errno))
        }
        guard backup.st_mode & S_IFMT != S_IFDIR else {
            throw StartError("\(file): not a file, but a directory; name the backup itself", .input)
        }
        guard stat(database, &own) != 0 || (backup.st_dev, backup.st_ino) != (own.st_dev, own.st_ino) else {
            throw StartError("\(file): is the database itself; nothing was changed", .data)
        }
    }

    /// Checks that the backup and the database that it replaces belong to this site. Each must name a root key that
    /// is in root.key.
    private func requireSite(
        _ keys: RootKeys, _ backup: BackupKeys, _ replaced: String?, _ data: DataDirectory
    ) throws {
        guard let named = try backup.rootID() else {
            throw StartError("\(file): names no root key, so it is not a backup of a site; nothing was changed", .data)
        }
        guard keys.key(named: named) != nil else { throw Self.foreign(file) }
        guard replaced.map({ keys.key(named: $0) != nil }) ?? true else {
            throw StartError(
                "\(data.databasePath): uses a root key that root.key does not contain, so it may be another site's; "
                    + "move it away if you want to replace it; nothing was changed")
        }
    }

    /// Checks that all keys in the backup can be opened, unless the operator accepts damaged ones.
    ///
    /// - Returns: The number of keys that are wrapped under an earlier root key.
    private func requireOpened(_ keys: RootKeys, _ backup: BackupKeys) throws -> Int {
        var (damaged, earlier) = (0, 0)
        try backup.visit { key in
            guard keys.key(named: key.rootID) != nil else { throw Self.foreign(file) }
            if key.rootID != keys.current.id { earlier += 1 }
            let opened = try? keys.unwrap(
                key.wrapped, rootID: key.rootID, account: key.account, purpose: key.purpose.rawValue,
                version: key.version)
            if opened == nil { damaged += 1 }
        }
        guard damaged == 0 || acceptDamaged else {
            throw StartError(
                "\(file): damaged keys in it: \(damaged); use --accept-damaged to restore it anyway; "
                    + "nothing was changed", .data)
        }
        return earlier
    }

    private static func foreign(_ file: String) -> StartError {
        StartError(
            "\(file): its keys are wrapped under a root key that root.key does not contain; it is another "
                + "site's, or that key was removed later; nothing was changed", .data)
    }

    private func report(_ kept: String?, _ earlier: Int) {
        print("The database was restored from \(file). All users must log in again.")
        if let kept { print("The previous database is in \(kept).") }
        print(
            """
            Changes that were made after the backup are lost. New accounts are gone. Accounts that were disabled or \
            forgotten, passwords and log-in keys that were changed or dropped, and invitations that were used are \
            back. All codes of RESET and RECOVERY were removed; users have to make new ones. No account is forgotten \
            by FORGET AFTER= within the next 7 days; ACCOUNTS shows which are to be.
            """)
        if earlier > 0 {
            print("keys under an earlier root key: \(earlier); run claverod rewrap to wrap them under the current one")
        }
    }
}
