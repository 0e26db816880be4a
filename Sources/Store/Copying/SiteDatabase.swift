/// A site's database, held for copying it into another one, or another one into it: nobody else changes it meanwhile.
///
/// It is for one thread at a time, which every call blocks. Every call throws `OpenError`, which names the database.
package final class SiteDatabase {
    private let driver: any SiteDriver

    package init(_ driver: any SiteDriver) {
        self.driver = driver
    }

    /// The path or the URL, as it was given.
    package var name: String { driver.name }

    // MARK: - The mark

    /// Returns the origin that ``begin(from:)`` was given for the copy that is under way; nil if none is.
    package func origin() throws -> String? { try transaction { try CopyMark.origin(on: $0) } }

    /// Marks the database. From then on no server opens it.
    /// - Returns: false, and nothing is changed, if the database has any row of a site.
    package func begin(from origin: String) throws -> Bool {
        try transaction { connection in
            try driver.lockMark(on: connection)
            for table in SiteTable.all where try Self.count(of: table, on: connection) > 0 { return false }
            try CopyMark.set(origin, on: connection)
            return true
        }
    }

    /// Removes what was copied so far, and marks the database as ``begin(from:)`` does. Only for a database that is marked.
    package func beginAnew(from origin: String) throws {
        try transaction { connection in
            for table in SiteTable.all.reversed() {
                try connection.change("DELETE FROM \(verbatim: table.name) WHERE \(table.condition)", [])
            }
            try CopyMark.set(origin, on: connection)
        }
    }

    /// Takes the mark away: the database is a site's like any other.
    package func finish() throws {
        try transaction { connection in
            // The row of the root key has to exist also if there is none.
            try connection.change(SQL.noRootKey, [])
            try driver.finish(on: connection)
            try CopyMark.drop(on: connection)
        }
    }

    // MARK: - Rows

    /// Returns the id of the root key; nil if it was never set.
    package func rootKeyID() throws -> String? {
        try transaction { connection in
            let id = try connection.one(SQL.rootKey) { row in try row.value(0) as String }
            return id?.isEmpty == true ? nil : id
        }
    }

    package func count(of table: SiteTable) throws -> Int { try transaction { try Self.count(of: table, on: $0) } }

    /// Returns the key of the last row, in the order of ``rows(of:after:batch:_:)``; nil if there is none.
    package func lastKey(of table: SiteTable) throws -> [SQLValue]? {
        let order = SQLText.joined(table.order.map { "\($0) DESC" }, by: ", ")
        let text: SQLText = """
            SELECT \(table.keyNames) FROM \(verbatim: table.name) WHERE \(table.condition)
            ORDER BY \(order) LIMIT 1
            """
        return try transaction { try $0.one(text) { row in try SiteTable.values(row, of: table.key) } }
    }

    /// Gives the rows whose keys come after `key`, or from the first one on, `batch` at a time. They are ordered by the
    /// key: numbers by value, texts and bytes byte by byte.
    package func rows(
        of table: SiteTable, after key: [SQLValue]?, batch: Int, _ body: ([SiteRow]) throws -> Void
    ) throws {
        let order = SQLText.joined(table.order, by: ", ")
        let later: SQLText = key == nil ? "" : "AND (\(order)) > \(.list(table.key.count))"
        let text: SQLText = """
            SELECT \(table.columnNames) FROM \(verbatim: table.name)
            WHERE \(table.condition) \(later) ORDER BY \(order)
            """
        try driver.naming {
            var rows: [SiteRow] = []
            try driver.visit(text, key ?? [], batch: batch) { row in
                rows.append(try SiteTable.values(row, of: table.columns[...]))
                guard rows.count == batch else { return }
                try body(rows)
                rows.removeAll(keepingCapacity: true)
            }
            if !rows.isEmpty { try body(rows) }
        }
    }

    /// The most rows that are added by one statement.
    private static let rowsOfStatement = 256

    /// Adds all of them in one transaction, or none.
    package func insert(_ rows: [SiteRow], into table: SiteTable) throws {
        try transaction { connection in
            for start in stride(from: 0, to: rows.count, by: Self.rowsOfStatement) {
                let part = rows[start..<min(start + Self.rowsOfStatement, rows.count)]
                try connection.change(table.insertion(of: part.count), Array(part.joined()))
            }
        }
    }

    private static func count(of table: SiteTable, on connection: any StoreConnection) throws -> Int {
        try connection.one("SELECT count(*) FROM \(verbatim: table.name) WHERE \(table.condition)") { row in
            try row.value(0)
        } ?? 0
    }

    private func transaction<Value>(_ work: (any StoreConnection) throws -> Value) throws -> Value {
        try driver.naming { try driver.transaction(work) }
    }
}

/// The part of a ``SiteDatabase`` that each engine does in its own way.
package protocol SiteDriver {
    /// The path or the URL of the database, as it was given.
    var name: String { get }

    /// Runs the work as one transaction.
    func transaction<Value>(_ work: (any StoreConnection) throws -> Value) throws -> Value

    /// Gives each row of a result to `body`, without having all of them in memory.
    /// - Parameter batch: The number of rows to be fetched at a time, if the engine fetches them.
    func visit(_ text: SQLText, _ arguments: [SQLValue], batch: Int, _ body: (any StoreRow) throws -> Void) throws

    /// Keeps everybody else from marking the database until the transaction ends.
    func lockMark(on connection: any StoreConnection) throws

    /// Does what the engine needs after rows were added with their ids.
    func finish(on connection: any StoreConnection) throws

    /// Returns the cause of an error of the engine.
    func cause(of error: any Error) -> StoreError
}

extension SiteDriver {
    /// Names the database in errors of the work. An error of another database, which is worked on while this one is read,
    /// is left as it is.
    package func naming<Value>(_ work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch let error as OpenError {
            throw error
        } catch {
            throw OpenError(path: name, cause: cause(of: error))
        }
    }
}

/// The row of `site` that says that a copy into this database is not finished.
package enum CopyMark {
    static let name = "migration"

    /// Returns the origin of the copy; nil if no copy is under way.
    package static func origin(on connection: any StoreConnection) throws -> String? {
        try connection.one("SELECT value FROM site WHERE name = '\(verbatim: name)'") { row in try row.value(0) }
    }

    package static func set(_ origin: String, on connection: any StoreConnection) throws {
        let text: SQLText = """
            INSERT INTO site (name, value) VALUES ('\(verbatim: name)', ?1)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """
        try connection.change(text, [.text(origin)])
    }

    static func drop(on connection: any StoreConnection) throws {
        try connection.change("DELETE FROM site WHERE name = '\(verbatim: name)'", [])
    }
}

private enum SQL {
    static let rootKey: SQLText = "SELECT value FROM site WHERE name = 'root-key'"
    static let noRootKey: SQLText = """
        INSERT INTO site (name, value) VALUES ('root-key', '') ON CONFLICT (name) DO NOTHING
        """
}
