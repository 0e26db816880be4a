import CPostgres

/// An argument of a statement. All are sent in PostgreSQL's binary format, where nothing has to be quoted and an octet 0
/// ends nothing.
enum PostgresValue: Sendable {
    case integer(Int64)
    case text(String)
    /// Nil for NULL.
    case bytes([UInt8]?)
    case boolean(Bool)

    /// The format's code.
    static let binary: Int32 = 1

    /// The type's number, which is part of the protocol (pg_type.dat).
    var type: Oid {
        switch self {
        case .boolean: 16
        case .bytes: 17
        case .integer: 20
        case .text: 25
        }
    }

    private var octets: [UInt8]? {
        switch self {
        case .integer(let value): withUnsafeBytes(of: value.bigEndian) { Array($0) }
        case .text(let text): Array(text.utf8)
        case .bytes(let bytes): bytes
        case .boolean(let value): [value ? 1 : 0]
        }
    }

    /// The arguments of one statement as libpq takes them.
    struct Encoded {
        private var octets: [UInt8] = []
        /// Where each begins; nil for NULL.
        private var offsets: [Int?] = []
        private(set) var lengths: [Int32] = []
        let formats: [Int32]

        init(_ values: [PostgresValue]) {
            formats = values.map { _ in PostgresValue.binary }
            for value in values {
                let encoded = value.octets
                offsets.append(encoded.map { _ in octets.count })
                lengths.append(Int32(encoded?.count ?? 0))
                octets += encoded ?? []
            }
            // An empty value has an address too: none would be NULL.
            octets.append(0)
        }

        func withPointers<Result>(_ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
            octets.withUnsafeBytes { buffer in
                body(offsets.map { $0.map { (buffer.baseAddress! + $0).assumingMemoryBound(to: CChar.self) } })
            }
        }
    }
}

/// What a statement gave, in the binary format.
final class PostgresResult {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit { libpq.PQclear(handle) }

    /// Nil if the statement succeeded.
    var failure: PostgresFailure? {
        switch libpq.PQresultStatus(handle) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: nil
        default:
            .refused(
                code: field("C") ?? "",
                message: field("M") ?? String(oneLineOf: libpq.PQresultErrorMessage(handle)))
        }
    }

    /// What was done, in the server's words: `COMMIT`.
    var tag: String { libpq.PQcmdStatus(handle).map { String(cString: $0) } ?? "" }

    /// Rows that were inserted, changed or deleted.
    var changes: Int { libpq.PQcmdTuples(handle).flatMap { Int(String(cString: $0)) } ?? 0 }

    var count: Int { Int(libpq.PQntuples(handle)) }

    var rows: [PostgresRow] { (0..<count).map { PostgresRow(handle: handle, index: Int32($0), owner: self) } }

    var first: PostgresRow? { count > 0 ? PostgresRow(handle: handle, index: 0, owner: self) : nil }

    /// A part of an error report, by its letter in the protocol.
    private func field(_ letter: Unicode.Scalar) -> String? {
        libpq.PQresultErrorField(handle, Int32(letter.value)).map { String(cString: $0) }
    }
}

/// One row of a result. A value of another length than its column's type has is nil, as NULL is.
struct PostgresRow {
    fileprivate let handle: OpaquePointer
    fileprivate let index: Int32
    /// Keeps the memory.
    fileprivate let owner: PostgresResult

    func bytes(_ column: Int) -> [UInt8]? {
        let column = Int32(column)
        guard libpq.PQgetisnull(handle, index, column) == 0, let start = libpq.PQgetvalue(handle, index, column)
        else { return nil }
        let count = Int(libpq.PQgetlength(handle, index, column))
        return Array(UnsafeRawBufferPointer(start: UnsafeRawPointer(start), count: count))
    }

    func text(_ column: Int) -> String? { bytes(column).flatMap { String(validating: $0, as: UTF8.self) } }

    func integer(_ column: Int) -> Int64? {
        guard let octets = bytes(column), octets.count == 8 else { return nil }
        return octets.reduce(0) { $0 << 8 | Int64($1) }
    }

    func boolean(_ column: Int) -> Bool? {
        guard let octets = bytes(column), octets.count == 1 else { return nil }
        return octets[0] != 0
    }
}
