import Seal
import Store

/// What a table holds, whatever the engine: the number of its rows, and SHA-256 over each in turn, behind the digest of
/// those before it, which is 32 octets of 0 at first.
///
/// A row is its values, and each of these a letter for its kind, its length as 8 octets, and its octets: `n` for nothing,
/// `i` for an integer of 8 octets, `t` for a text in UTF-8, `b` for octets. Numbers have the highest octet first.
struct TableDigest: Equatable, CustomStringConvertible {
    private(set) var count = 0
    private var octets = [UInt8](repeating: 0, count: 32)

    init(of table: SiteTable, in database: SiteDatabase, batch: Int) throws {
        let digester = SHA256.Digester()
        var (count, octets) = (count, octets)
        try database.rows(of: table, after: nil, batch: batch) { rows in
            for row in rows {
                for value in row { Self.append(value, to: &octets) }
                let digest = digester.digest(octets.span.bytes)
                octets.replaceSubrange(0..., with: (0..<32).map { digest[$0] })
            }
            count += rows.count
        }
        (self.count, self.octets) = (count, octets)
    }

    private static func append(_ value: SQLValue, to octets: inout [UInt8]) {
        switch value {
        case .null: append("n", [], to: &octets)
        case .integer(let integer): append("i", withUnsafeBytes(of: integer.bigEndian) { Array($0) }, to: &octets)
        case .text(let text): append("t", Array(text.utf8), to: &octets)
        case .bytes(let bytes): append("b", bytes, to: &octets)
        }
    }

    private static func append(_ kind: Unicode.Scalar, _ value: [UInt8], to octets: inout [UInt8]) {
        octets.append(UInt8(ascii: kind))
        withUnsafeBytes(of: UInt64(value.count).bigEndian) { octets.append(contentsOf: $0) }
        octets += value
    }

    var description: String {
        let hex = octets.map { octet in
            let digits = String(octet, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }
        return "\(count) rows, SHA-256 \(hex.joined())"
    }
}
