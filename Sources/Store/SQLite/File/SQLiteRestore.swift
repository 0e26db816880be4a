import Foundation
import GRDB

/// Replaces what a SQLite database contains by a copy that was made of it, while servers have it open.
package enum SQLiteRestore {
    /// Makes the database contain what it contained when the copy was made, in one transaction, which those who have it
    /// open see as they see any other. A database that does not exist is made; one that is damaged has to be moved away
    /// first. The copy is not changed; one of an older release is brought up to date on the way. Blocks.
    ///
    /// Every epoch is raised above what was issued before, so that no token outlives this, nor belongs to a new
    /// account of the same name. Reset and recovery codes are removed, because a code may have been used since. No account
    /// is forgotten within the next ``graceOfForgetting`` seconds, because the operator may have cancelled that since. All
    /// else is as it was: accounts that were disabled or forgotten since, and invitations that were used since, are back.
    ///
    /// - Parameter accept: Asked before anything is replaced, with the keys in the copy and the root key that the database
    ///   names now, if it exists. It returns the root key that the database names afterwards. If it throws, nothing is
    ///   changed.
    /// - Returns: The path of a copy of what was replaced, a new file beside the database; nil if there was no database.
    /// - Throws: `OpenError` (`.missing`, `.corrupt`, `.schemaTooNew`, of the copy or of the database; `.busy`,
    ///   `.readOnly`, `.full`), and what `accept` throws.
    package static func restore(
        _ path: String, from copy: String, for readers: SQLiteFile.Access = .owner,
        accept: (_ copy: BackupKeys, _ replacedRootID: String?) throws -> String
    ) throws -> String? {
        do {
            try SQLiteBackup.check(copy)
            guard access(path, F_OK) == 0 else {
                try SQLiteDraft.create(path, for: readers) { draft in
                    try prepare(draft, from: copy) { try accept($0, nil) }
                    try change(draft, SQL.leapEpochs)
                }
                return nil
            }
            return try SQLiteDraft.withDraft(of: path) { draft in
                try prepare(draft, from: copy) { try accept($0, try rootKeyID(of: path)) }
                return try replace(path, by: draft)
            }
        } catch {
            // An error that `accept` throws is passed to the caller as it is.
            guard error is StoreError || error is DatabaseError else { throw error }
            throw OpenError(path: path, cause: StoreError(error))
        }
    }

    /// The number of seconds after a restore within which no account is forgotten: 7 days.
    static let graceOfForgetting = 7 * 86_400

    /// Makes a draft of what is restored: the copy, searched for damage, brought up to date and accepted. It names the
    /// root key that `accept` returns.
    private static func prepare(
        _ draft: String, from copy: String, _ accept: (BackupKeys) throws -> String
    ) throws {
        do {
            try SQLiteBackup.duplicate(copy, into: draft)
            try change(draft, "")
            try SQLiteFile.requireWhole(draft)
        } catch {
            throw OpenError(path: copy, cause: StoreError(error))
        }
        let queue = try DatabaseQueue(path: draft)
        let rootID = try queue.read { try accept(BackupKeys(SQLiteConnection($0))) }
        try queue.write { database in
            try database.execute(sql: SQL.nameRootKey, arguments: [rootID])
            try database.execute(sql: SQL.dropCodes)
            let time = Int64(Date().timeIntervalSince1970) + Int64(graceOfForgetting)
            try database.execute(sql: SQL.putOffForgetting, arguments: [time])
        }
        try queue.close()
    }

    private static func rootKeyID(of path: String) throws -> String? {
        try SQLiteBackup.check(path)
        defer { SQLiteBackup.tidy(path) }
        let source = try SQLiteBackup.reader(of: path)
        defer { try? source.close() }
        return try source.read { database in
            try database.tableExists("site") ? Store.rootKeyID(on: SQLiteConnection(database)) : nil
        }
    }

    /// Brings a draft up to date, and then changes it.
    private static func change(_ draft: String, _ sql: String) throws {
        let queue = try DatabaseQueue(path: draft)
        try SQLiteFile.migrate(queue)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    /// Replaces the rows, not the file by SQLite's backup into the open database: between a look at its epochs and that
    /// copy, another might come.
    /// - Returns: The path of a copy of the replaced database, made when nobody else could write to it any more.
    private static func replace(_ path: String, by draft: String) throws -> String {
        let (pool, files) = try SQLiteFile.open(path, settings: SQLiteBackup.settings)
        var kept = ""
        try pool.writeWithoutTransaction { database in
            try database.execute(sql: "ATTACH ? AS copy", arguments: [draft])
            try database.inTransaction(.immediate) {
                kept = try keep(path)
                do {
                    try replaceRows(in: database)
                } catch {
                    unlink(kept)
                    throw error
                }
                return .commit
            }
            try database.execute(sql: "DETACH copy")
        }
        try files.check()
        try pool.close()
        return kept
    }

    private static func replaceRows(in database: Database) throws {
        try database.execute(sql: SQL.raiseEpochs)
        let tables = try String.fetchAll(database, sql: SQL.tables).map(\.quotedDatabaseIdentifier)
        for table in tables.reversed() { try database.execute(sql: "DELETE FROM main.\(table)") }
        for table in tables {
            try database.execute(sql: "INSERT INTO main.\(table) SELECT * FROM copy.\(table)")
        }
        try SQLiteConnection(database).renewMark()
    }

    /// Copies the database into a new file beside it, which is named after this second.
    private static func keep(_ path: String) throws -> String {
        let time = Date().ISO8601Format().filter { $0 != ":" && $0 != "-" }
        let name = "\(path).before-restore-\(time)"
        for suffix in [""] + (2...100).map({ "-\($0)" }) {
            do {
                try SQLiteDraft.create(name + suffix) { try SQLiteBackup.duplicate(path, into: $0) }
                return name + suffix
            } catch StoreError.exists {
                continue
            }
        }
        throw OpenError(path: name, cause: .exists)
    }
}

/// The keys in a database that is about to be restored. It may be used while `accept` runs.
package struct BackupKeys {
    private let connection: any StoreConnection

    init(_ connection: any StoreConnection) { self.connection = connection }

    /// Returns the id of the root key that the database names; nil if it names none.
    package func rootID() throws -> String? { try Store.rootKeyID(on: connection) }

    /// Gives each key to `body`, one after another.
    package func visit(_ body: (AccountKey) throws -> Void) throws {
        let all: SQLText = """
            SELECT \(AccountKey.columns) FROM account_keys k JOIN accounts a ON a.id = k.account_id
            """
        try connection.run(all, []) { row in try body(try AccountKey(row)) }
    }
}

/// The statements of a restore. The copy is brought up to date before any of them runs.
private enum SQL {
    static let nameRootKey = "UPDATE site SET value = ? WHERE name = 'root-key' AND value <> ''"
    static let dropCodes = "DELETE FROM recovery_codes"
    static let putOffForgetting = "UPDATE accounts SET forget_at = max(forget_at, ?) WHERE forget_at IS NOT NULL"
    /// Finds every table except the list of migrations, which is the same on both sides. Each table refers only to those
    /// before it.
    static let tables = """
        SELECT name FROM main.sqlite_master
        WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'grdb_migrations'
        ORDER BY rowid
        """
    /// Raises each epoch above what was issued for the name here or there, and that of new accounts above all of them.
    static let raiseEpochs = """
        UPDATE copy.accounts AS a SET epoch = 1 +
            max(epoch, coalesce((SELECT epoch FROM main.accounts b WHERE b.name = a.name), 0));
        INSERT INTO copy.site (name, value)
            SELECT 'first-epoch', coalesce(max(epoch), 0) FROM (
                SELECT 1 + epoch AS epoch FROM main.accounts UNION ALL SELECT 1 + epoch FROM copy.accounts
                UNION ALL SELECT CAST(value AS INTEGER) FROM main.site WHERE name = 'first-epoch'
                UNION ALL SELECT CAST(value AS INTEGER) FROM copy.site WHERE name = 'first-epoch')
            WHERE true
            ON CONFLICT (name) DO UPDATE SET value = excluded.value;
        """
    /// Raises the epochs by more than anybody raised one since the copy was made, as nobody knows what was issued since.
    static let leapEpochs = """
        UPDATE accounts SET epoch = epoch + 1048576;
        INSERT INTO site (name, value)
            SELECT 'first-epoch', coalesce(max(epoch), 0) FROM (
                SELECT 1048576 AS epoch UNION ALL SELECT 1 + epoch FROM accounts
                UNION ALL SELECT 1048576 + CAST(value AS INTEGER) FROM site WHERE name = 'first-epoch')
            WHERE true
            ON CONFLICT (name) DO UPDATE SET value = excluded.value;
        """
}
