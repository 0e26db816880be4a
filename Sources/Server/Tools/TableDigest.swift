import Seal
import Store

/// A digest of a table's contents that does not depend on the database engine. It has the number of rows and a
/// chained SHA-256: for each row, the hash of the previous digest followed by the row. The first digest is 32 zero
/// bytes.
///
/// A row is the sequence of its values. A value is a letter for its type, its length in 8 bytes, and its bytes. The
/// types are `n` for NULL, `i` for an integer of 8 bytes, `t` for a text in UTF-8, and `b` for bytes. Numbers are
/// big-endian.
struct TableDigest: Equatable, CustomStringConvertible {
    private(set) var count = 0
    private var bytes = [UInt8](repeating: 0, count: 32)

    init(of table: SiteTable, in database: SiteDatabase, batch: Int) throws {
        let digester = SHA256.Digester()
        var (count, bytes) = (count, bytes)
        try database.rows(of: table, after: nil, batch: batch) { rows in
            for row in rows {
                for value in row { Self.append(value, to: &bytes) }
                let digest = digester.digest(bytes.span.bytes)
                bytes.replaceSubrange(0..., with: (0..<32).map { digest[$0] })
            }
            count += rows.count
        }
        (self.count, self.bytes) = (count, bytes)
    }

    private static func append(_ value: SQLValue, to out: inout [UInt8]) {
        switch value {
        case .null: append("n", [], to: &out)
        case .integer(let integer): append("i", withUnsafeBytes(of: integer.bigEndian) { Array($0) }, to: &out)
        case .text(let text): append("t", Array(text.utf8), to: &out)
        case .bytes(let bytes): append("b", bytes, to: &out)
        }
    }

    private static func append(_ kind: Unicode.Scalar, _ value: [UInt8], to out: inout [UInt8]) {
        out.append(UInt8(ascii: kind))
        withUnsafeBytes(of: UInt64(value.count).bigEndian) { out.append(contentsOf: $0) }
        out += value
    }

    var description: String {
        let hex = bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }
        return "\(count) rows, SHA-256 \(hex.joined())"
    }
}
