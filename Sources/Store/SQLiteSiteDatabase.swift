import Foundation
import GRDB

/// A SQLite file that nobody else has open: SQLite's exclusive mode refuses it to those who come later, and is refused
/// while anybody has it.
package final class SQLiteSiteDatabase: SiteDatabase {
    package let name: String
    private let queue: DatabaseQueue

    /// - Throws: `.busy` while servers run on it; `.missing`, `.corrupt`, `.schemaTooNew`, `.unfinished`.
    package convenience init(source path: String) throws(OpenError) {
        try self.init(path: path) {
            guard access(path, R_OK) == 0 else { throw StoreError(errno: errno) }
            try SQLiteFile.inspect(path, settings: SQLiteStore.Settings())
        }
    }

    /// Makes the file, marked, if there is none.
    package convenience init(
        target path: String, from origin: String, for readers: SQLiteStore.Access = .owner
    ) throws(OpenError) {
        try self.init(path: path) {
            if access(path, F_OK) == 0 {
                return try SQLiteFile.inspect(path, settings: SQLiteStore.Settings(), unfinished: true)
            }
            try SQLiteFile.create(path, for: readers) { draft in
                try SQLiteFile.fill(draft)
                let queue = try DatabaseQueue(path: draft)
                try queue.write { try $0.execute(sql: SQL.mark, arguments: [origin]) }
                try queue.close()
            }
        }
    }

    private init(path: String, _ prepare: () throws -> Void) throws(OpenError) {
        name = path
        do {
            try prepare()
            var configuration = SQLiteFile.configuration(SQLiteStore.Settings())
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; PRAGMA secure_delete = ON")
            }
            queue = try DatabaseQueue(path: path, configuration: configuration)
            // In either kind of journal the lock is held from here on.
            try queue.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE; COMMIT") }
            try SQLiteFile.migrate(queue)
        } catch {
            let cause = StoreError(error)
            let inUse = StoreError.failed("in use by another process; stop the servers first")
            throw OpenError(path: path, cause: cause == .busy ? inUse : cause)
        }
    }

    // MARK: - The mark

    package func origin() throws -> String? { try reading { try String.fetchOne($0, sql: CopyMark.find) } }

    package func begin(from origin: String) throws -> Bool {
        try writing { database in
            for table in SiteTable.all where try Self.count(of: table, in: database) > 0 { return false }
            try database.execute(sql: SQL.mark, arguments: [origin])
            return true
        }
    }

    package func beginAnew(from origin: String) throws {
        try writing { database in
            for table in SiteTable.all.reversed() {
                try database.execute(sql: "DELETE FROM \(table.name) WHERE \(table.condition)")
            }
            try database.execute(sql: SQL.mark, arguments: [origin])
        }
    }

    package func finish() throws { try writing { try $0.execute(sql: CopyMark.drop) } }

    // MARK: - Rows

    package func rootKeyID() throws -> String? { try reading(SQLiteStore.rootKeyID) }

    package func count(of table: SiteTable) throws -> Int { try reading { try Self.count(of: table, in: $0) } }

    package func lastKey(of table: SiteTable) throws -> [SiteValue]? {
        let names = table.key.map(\.name)
        let order = names.map { "\($0) DESC" }.joined(separator: ", ")
        let sql = """
            SELECT \(names.joined(separator: ", ")) FROM \(table.name) WHERE \(table.condition)
            ORDER BY \(order) LIMIT 1
            """
        return try reading { try Row.fetchOne($0, sql: sql).map(Self.values) }
    }

    package func rows(
        of table: SiteTable, after key: [SiteValue]?, batch: Int, _ body: ([SiteRow]) throws -> Void
    ) throws {
        let names = table.key.map(\.name).joined(separator: ", ")
        let marks = Array(repeating: "?", count: table.keyCount).joined(separator: ", ")
        let sql = """
            SELECT \(table.columnNames) FROM \(table.name)
            WHERE \(table.condition) \(key == nil ? "" : "AND (\(names)) > (\(marks))") ORDER BY \(names)
            """
        try reading { database in
            let cursor = try Row.fetchCursor(database, sql: sql, arguments: Self.arguments(key ?? []))
            var rows: [SiteRow] = []
            while let row = try cursor.next() {
                rows.append(try Self.values(row))
                guard rows.count == batch else { continue }
                try body(rows)
                rows.removeAll(keepingCapacity: true)
            }
            if !rows.isEmpty { try body(rows) }
        }
    }

    package func insert(_ rows: [SiteRow], into table: SiteTable) throws {
        let marks = Array(repeating: "?", count: table.columns.count).joined(separator: ", ")
        let sql = "INSERT INTO \(table.name) (\(table.columnNames)) VALUES (\(marks))"
        try writing { database in
            let statement = try database.cachedStatement(sql: sql)
            for row in rows { try statement.execute(arguments: Self.arguments(row)) }
        }
    }

    private static func count(of table: SiteTable, in database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table.name) WHERE \(table.condition)") ?? 0
    }

    private static func values(_ row: Row) throws(StoreError) -> SiteRow {
        try row.databaseValues.map { value throws(StoreError) in
            switch value.storage {
            case .null: .null
            case .int64(let integer): .integer(integer)
            case .string(let text): .text(text)
            case .blob(let data): .bytes([UInt8](data))
            case .double: throw .corrupt
            }
        }
    }

    private static func arguments(_ values: [SiteValue]) -> StatementArguments {
        StatementArguments(
            values.map { value -> (any DatabaseValueConvertible)? in
                switch value {
                case .null: nil
                case .integer(let integer): integer
                case .text(let text): text
                case .bytes(let bytes): Data(bytes)
                }
            })
    }

    // MARK: - Errors

    private func reading<Value>(_ work: (Database) throws -> Value) throws -> Value {
        try naming { try queue.unsafeRead(work) }
    }

    private func writing<Value>(_ work: (Database) throws -> Value) throws -> Value {
        try naming { try queue.write(work) }
    }

    /// An error of another database, which is worked on while this one is read, is left as it is.
    private func naming<Value>(_ work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch let error as OpenError {
            throw error
        } catch {
            throw OpenError(path: name, cause: StoreError(error))
        }
    }
}

private enum SQL {
    static let mark = """
        INSERT INTO site (name, value) VALUES ('\(CopyMark.name)', ?)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
        """
}
