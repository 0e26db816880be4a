/// A connection to a database, for as long as the work that got it runs.
package protocol StoreConnection {
    /// Runs a statement, and gives each row of its result to `body`, one after another.
    func run(_ text: SQLText, _ arguments: [SQLValue], _ body: (any StoreRow) throws -> Void) throws

    /// Runs a statement, and returns how many rows it inserted, changed or deleted.
    @discardableResult
    func change(_ text: SQLText, _ arguments: [SQLValue]) throws -> Int
}

extension StoreConnection {
    /// Returns what `read` makes of each row.
    func all<Value>(
        _ text: SQLText, _ arguments: [SQLValue] = [], _ read: (any StoreRow) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        try run(text, arguments) { row in values.append(try read(row)) }
        return values
    }

    /// Returns what `read` makes of the only row; nil if there is none.
    package func one<Value>(
        _ text: SQLText, _ arguments: [SQLValue] = [], _ read: (any StoreRow) throws -> Value
    ) throws -> Value? {
        var value: Value?
        try run(text, arguments) { row in value = try read(row) }
        return value
    }

    /// Whether the statement finds a row.
    func finds(_ text: SQLText, _ arguments: [SQLValue]) throws -> Bool {
        try one(text, arguments) { _ in true } ?? false
    }
}

/// One row of a result, for as long as the call that got it runs.
package protocol StoreRow {
    /// Whether the column is NULL.
    func isNull(_ column: Int) -> Bool

    /// Returns the value of a column; nil if it has another type.
    func integer(_ column: Int) -> Int64?
    func text(_ column: Int) -> String?
    func bytes(_ column: Int) -> [UInt8]?
}

/// These methods throw `.corrupt` for a value that the schema does not allow, since that is damage.
extension StoreRow {
    package func value(_ column: Int) throws(StoreError) -> Int64 {
        guard let value = integer(column) else { throw .corrupt }
        return value
    }

    package func value(_ column: Int) throws(StoreError) -> Int { Int(try value(column) as Int64) }

    package func value(_ column: Int) throws(StoreError) -> String {
        guard let value = text(column) else { throw .corrupt }
        return value
    }

    package func value(_ column: Int) throws(StoreError) -> [UInt8] {
        guard let value = bytes(column) else { throw .corrupt }
        return value
    }

    /// Returns the bytes; nil for NULL.
    func optional(_ column: Int) throws(StoreError) -> [UInt8]? { isNull(column) ? nil : try value(column) }

    /// Returns a value of a type that has a name for each of its cases.
    func value<Value: RawRepresentable<String>>(_ column: Int) throws(StoreError) -> Value {
        guard let value = Value(rawValue: try value(column)) else { throw .corrupt }
        return value
    }
}
