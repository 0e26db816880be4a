import CPostgres
import Store

/// The result of a statement, in the binary format.
final class PostgresResult {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit { libpq.PQclear(handle) }

    /// The failure of the statement; nil if it succeeded.
    var failure: PostgresFailure? {
        switch libpq.PQresultStatus(handle) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: nil
        default:
            .refused(
                code: field("C") ?? "",
                message: field("M") ?? String(oneLineOf: libpq.PQresultErrorMessage(handle)))
        }
    }

    /// The command that was done, in the server's words: `COMMIT`.
    var tag: String { libpq.PQcmdStatus(handle).map { String(cString: $0) } ?? "" }

    /// The number of rows that were inserted, changed or deleted.
    var changes: Int { libpq.PQcmdTuples(handle).flatMap { Int(String(cString: $0)) } ?? 0 }

    var rows: [PostgresRow] {
        (0..<libpq.PQntuples(handle)).map { PostgresRow(handle: handle, index: $0, owner: self) }
    }

    var first: PostgresRow? {
        libpq.PQntuples(handle) > 0 ? PostgresRow(handle: handle, index: 0, owner: self) : nil
    }

    /// Returns a part of an error report, by its letter in the protocol.
    private func field(_ letter: Unicode.Scalar) -> String? {
        libpq.PQresultErrorField(handle, Int32(letter.value)).map { String(cString: $0) }
    }
}

/// One row of a result. A value of another length than its column's type has is nil, as NULL is.
struct PostgresRow: StoreRow {
    fileprivate let handle: OpaquePointer
    fileprivate let index: Int32
    /// The result, which keeps the memory of the row.
    fileprivate let owner: PostgresResult

    func isNull(_ column: Int) -> Bool { libpq.PQgetisnull(handle, index, Int32(column)) != 0 }

    func bytes(_ column: Int) -> [UInt8]? { value(column).map { Array($0) } }

    func text(_ column: Int) -> String? { value(column).flatMap { String(validating: $0, as: UTF8.self) } }

    func integer(_ column: Int) -> Int64? {
        guard let value = value(column), value.count == 8 else { return nil }
        return Int64(bigEndian: value.loadUnaligned(as: Int64.self))
    }

    func boolean(_ column: Int) -> Bool? {
        guard let value = value(column), value.count == 1 else { return nil }
        return value[0] != 0
    }

    /// The value's bytes, for as long as the result is kept.
    private func value(_ column: Int) -> UnsafeRawBufferPointer? {
        guard !isNull(column), let start = libpq.PQgetvalue(handle, index, Int32(column)) else { return nil }
        return UnsafeRawBufferPointer(start: start, count: Int(libpq.PQgetlength(handle, index, Int32(column))))
    }
}
