/// A site's database, held by the one who copies it into another, or another into it: nobody else changes it meanwhile.
///
/// For one thread at a time, which every call blocks. Every call throws `OpenError`, which names the database.
package protocol SiteDatabase {
    /// As it was given: the path, or the URL.
    var name: String { get }

    /// Which database is being copied into this one: what `begin` was given. Nil when none is.
    func origin() throws -> String?

    /// Marks the database, from when on no server opens it.
    ///
    /// - Returns: false, and nothing is changed, when it has any row of a site.
    func begin(from origin: String) throws -> Bool

    /// Removes what was copied so far, and marks it as `begin` does. Only for a database that is marked.
    func beginAnew(from origin: String) throws

    /// Takes the mark away: it is a site's database like any other.
    func finish() throws

    /// The id of the root key; nil as long as it was never set.
    func rootKeyID() throws -> String?

    func count(of table: SiteTable) throws -> Int

    /// The key of the last row, in the order of `rows`; nil when there is none.
    func lastKey(of table: SiteTable) throws -> [SiteValue]?

    /// Gives the rows whose keys come after `key`, or from the first on, `batch` at a time. They are ordered by the key:
    /// numbers by value, texts and octets octet by octet.
    func rows(of table: SiteTable, after key: [SiteValue]?, batch: Int, _ body: ([SiteRow]) throws -> Void) throws

    /// Adds all of them in one transaction, or none.
    func insert(_ rows: [SiteRow], into table: SiteTable) throws
}

/// The row of `site` that says that a copy into this database is not finished.
package enum CopyMark {
    package static let name = "migration"
    package static let find = "SELECT value FROM site WHERE name = '\(name)'"
    package static let drop = "DELETE FROM site WHERE name = '\(name)'"
}
