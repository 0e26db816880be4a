import GRDB
import GRDBSQLite

/// A SQLite connection that keeps the statements it has prepared.
///
/// It binds and steps by SQLite's own functions. GRDB would search each statement for transactions, changes of the schema
/// and observers of tables, none of which the store's statements have.
struct SQLiteConnection: StoreConnection {
    let database: Database

    init(_ database: Database) {
        self.database = database
    }

    func run(_ text: SQLText, _ arguments: [SQLValue], _ body: (any StoreRow) throws -> Void) throws {
        let statement = try database.cachedStatement(sql: text.sqlite).sqliteStatement
        // The values would otherwise stay in memory for as long as the statement does.
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        try bind(arguments, to: statement)
        let row = SQLiteRow(statement: statement)
        while true {
            let status = sqlite3_step(statement)
            if status == SQLITE_DONE { return }
            guard status == SQLITE_ROW else { throw failure(status) }
            try body(row)
        }
    }

    @discardableResult
    func change(_ text: SQLText, _ arguments: [SQLValue]) throws -> Int {
        try run(text, arguments) { _ in }
        return database.changesCount
    }

    private func bind(_ arguments: [SQLValue], to statement: OpaquePointer) throws {
        // An argument that is missing would be NULL.
        assert(Int(sqlite3_bind_parameter_count(statement)) == arguments.count)
        for (index, argument) in zip(Int32(1)..., arguments) {
            let status =
                switch argument {
                case .null: sqlite3_bind_null(statement, index)
                case .integer(let value): sqlite3_bind_int64(statement, index, value)
                case .text(let text): Self.bind(text, to: statement, at: index)
                case .bytes(let bytes): Self.bind(bytes, to: statement, at: index)
                }
            guard status == SQLITE_OK else { throw failure(status) }
        }
    }

    private static func bind(_ text: String, to statement: OpaquePointer, at index: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { characters in
                // Without an address the text would be NULL.
                guard let start = characters.baseAddress else {
                    return sqlite3_bind_text(statement, index, "", 0, copied)
                }
                return sqlite3_bind_text(statement, index, start, Int32(characters.count), copied)
            }
        }
    }

    private static func bind(_ bytes: [UInt8], to statement: OpaquePointer, at index: Int32) -> Int32 {
        guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(statement, index, 0) }
        return sqlite3_bind_blob(statement, index, bytes, Int32(bytes.count), copied)
    }

    private func failure(_ status: Int32) -> DatabaseError {
        let message = sqlite3_errmsg(database.sqliteConnection).map { String(cString: $0) }
        return DatabaseError(resultCode: ResultCode(rawValue: status), message: message)
    }
}

/// SQLITE_TRANSIENT, which tells SQLite to copy a value that is bound.
private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

/// The row that a statement stands at.
private struct SQLiteRow: StoreRow {
    let statement: OpaquePointer

    func isNull(_ column: Int) -> Bool { sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL }

    func integer(_ column: Int) -> Int64? {
        let column = Int32(column)
        guard sqlite3_column_type(statement, column) == SQLITE_INTEGER else { return nil }
        return sqlite3_column_int64(statement, column)
    }

    func text(_ column: Int) -> String? {
        let column = Int32(column)
        guard sqlite3_column_type(statement, column) == SQLITE_TEXT else { return nil }
        let start = UnsafeRawPointer(sqlite3_column_text(statement, column))
        return String(validating: Self.buffer(statement, column, start), as: UTF8.self)
    }

    func bytes(_ column: Int) -> [UInt8]? {
        let column = Int32(column)
        guard sqlite3_column_type(statement, column) == SQLITE_BLOB else { return nil }
        return Array(Self.buffer(statement, column, sqlite3_column_blob(statement, column)))
    }

    /// An empty value may have no address.
    private static func buffer(
        _ statement: OpaquePointer, _ column: Int32, _ start: UnsafeRawPointer?
    ) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column)))
    }
}
