import GRDB

/// The keys in a database that is about to be restored.
package struct BackupKeys {
    private static let sql = """
        SELECT a.name, k.purpose, k.version, k.root_id, k.wrapped, k.public, k.created
        FROM account_keys k JOIN accounts a ON a.id = k.account_id
        """

    private let database: Database

    /// The value may be used as long as `database` may be read.
    init(_ database: Database) { self.database = database }

    /// The id of the root key that the database names; nil if it names none.
    package func rootID() throws -> String? { try SQLiteStore.rootKeyID(in: database) }

    /// Gives each key to `body`, one after another.
    package func visit(_ body: (AccountKey) throws -> Void) throws {
        let rows = try Row.fetchCursor(database, sql: Self.sql)
        while let row = try rows.next() { try body(try AccountKey(row)) }
    }
}
