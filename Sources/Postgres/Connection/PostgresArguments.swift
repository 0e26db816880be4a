import CPostgres
import Store

/// The arguments of one statement, as libpq takes them. All are sent in PostgreSQL's binary format, in which nothing has
/// to be quoted and a byte 0 ends nothing.
struct PostgresArguments {
    /// The code of the binary format.
    static let binary: Int32 = 1

    private var bytes: [UInt8] = []
    /// The positions of the values in `bytes`; nil for NULL.
    private var offsets: [Int?] = []
    private(set) var lengths: [Int32] = []
    let formats: [Int32]

    init(_ values: [SQLValue]) {
        formats = values.map { _ in Self.binary }
        for value in values {
            let start = bytes.count
            switch value {
            case .null: break
            case .integer(let integer): withUnsafeBytes(of: integer.bigEndian) { bytes += $0 }
            case .text(let text): bytes += text.utf8
            case .bytes(let value): bytes += value
            }
            offsets.append(value == .null ? nil : start)
            lengths.append(Int32(bytes.count - start))
        }
        // An empty value has an address too: without one it would be NULL.
        bytes.append(0)
    }

    /// The number of a value's type, which is part of the protocol (pg_type.dat). The server infers that of a NULL.
    static func type(of value: SQLValue) -> Oid {
        switch value {
        case .null: 0
        case .integer: 20
        case .text: 25
        case .bytes: 17
        }
    }

    func withPointers<Result>(_ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
        bytes.withUnsafeBytes { buffer in
            body(offsets.map { $0.map { (buffer.baseAddress! + $0).assumingMemoryBound(to: CChar.self) } })
        }
    }
}
