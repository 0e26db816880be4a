/// A value in a column, or an argument of a statement. Two are equal if the same bytes are stored.
package enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])

    package static func number(_ value: some BinaryInteger) -> SQLValue { .integer(Int64(value)) }

    /// The bytes, or NULL for nil.
    package static func bytes(orNull bytes: [UInt8]?) -> SQLValue { bytes.map { .bytes($0) } ?? .null }
}
