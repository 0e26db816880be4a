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

    /// The ids of the root keys under which keys in a backup are wrapped.
    /// - Throws: `.missing`, `.corrupt`, `.schemaTooNew`.
    package static func rootKeyIDs(inBackup copy: String) throws(OpenError) -> Set<String> {
        do {
            return try SQLiteBackup.rootKeyIDs(in: copy)
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
    /// - Throws: `.missing`, `.corrupt`, `.schemaTooNew`, of the copy or of the database; `.busy`, `.readOnly`, `.full`.
    package static func restore(_ path: String, from copy: String) throws(OpenError) {
        do {
            try SQLiteBackup.restore(path, from: copy)
        } catch {
            throw (error as? OpenError) ?? OpenError(path: path, cause: StoreError(error))
        }
    }
}
