/// What a store was at one moment, for those who keep what they have read: as long as the store's mark is the same,
/// nobody has changed an account or a key that was there.
///
/// The database keeps it in one row, as a value that is drawn anew by every transaction that changes an account or a key
/// that was there. A new account is none of these, as nobody keeps that a name is free; nor are log-in keys and failures
/// to log in, which nobody keeps.
package struct StoreMark: Sendable, Equatable {
    private let words: [5 of UInt64]

    /// - Parameters:
    ///   - value: The row's value, of up to 32 octets.
    ///   - connection: The number of the connection that read it, where no mark may outlive its connection.
    package init(value: [UInt8], connection: UInt64 = 0) {
        var words: [5 of UInt64] = [0, 0, 0, 0, connection]
        for (index, octet) in value.prefix(32).enumerated() { words[index / 8] |= UInt64(octet) << (index % 8 * 8) }
        self.words = words
    }

    /// Returns a value that no mark has had.
    package static func newValue() -> [UInt8] { (0..<16).map { _ in UInt8.random(in: 0...255) } }

    package static func == (left: StoreMark, right: StoreMark) -> Bool {
        var difference: UInt64 = 0
        for index in 0..<5 { difference |= left.words[index] ^ right.words[index] }
        return difference == 0
    }
}
