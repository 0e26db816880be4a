import GRDB

/// What a tool of the operator does to a database that servers have open. Each of these blocks.
extension SQLiteStore {
    /// Writes what the database is at one moment into a new file, which only its owner can read. It appears complete or
    /// not at all. Keys are wrapped there as they are here.
    /// - Throws: `.exists` when there is a file of the copy's name; `.missing`, `.corrupt`, `.schemaTooNew`, `.readOnly`,
    ///   `.full`, each with the path that it is about.
    package static func backup(of path: String, to copy: String) throws(OpenError) {
        do {
            try SQLiteBackup.back(up: path, to: copy)
        } catch {
            throw (error as? OpenError) ?? OpenError(path: copy, cause: StoreError(error))
        }
    }

    /// Makes the database hold what it held when the copy was made: in one transaction, which those who have it open see
    /// as they see any other. A database that is not there is made; one that is damaged has to be moved away first. The
    /// copy is not changed; one of an older release is brought up to date on the way.
    ///
    /// Every epoch is raised above what was given out before, so that no token outlives this, nor belongs to a new
    /// account of the same name. All else is as it was: accounts that were disabled or forgotten since, and invitations
    /// that were used since, are back.
    ///
    /// - Parameter accept: asked before anything is replaced, with the keys in the copy and the root key that the database
    ///   names now, if it is there; returns the root key that it names afterwards. What it throws ends this with nothing
    ///   changed.
    /// - Returns: The path of a copy of what was replaced, a new file beside the database; nil if there was no database.
    /// - Throws: `OpenError` (`.missing`, `.corrupt`, `.schemaTooNew`, of the copy or of the database; `.busy`,
    ///   `.readOnly`, `.full`), and what `accept` throws.
    package static func restore(
        _ path: String, from copy: String, for access: Access = .owner,
        accept: (_ copy: BackupKeys, _ replacedRootID: String?) throws -> String
    ) throws -> String? {
        do {
            return try SQLiteBackup.restore(path, from: copy, for: access, accept)
        } catch {
            // An error that `accept` throws is passed to the caller as it is.
            guard error is StoreError || error is DatabaseError else { throw error }
            throw OpenError(path: path, cause: StoreError(error))
        }
    }
}
