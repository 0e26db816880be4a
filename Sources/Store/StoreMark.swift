/// The state of a store at one moment, for those who keep what they have read: as long as the store's mark is the same,
/// nobody has changed an account or a key that was there.
///
/// The database keeps it in the one row of `mark`, as a value that every transaction draws anew that changes an account
/// or a key that was there. A new account is none of these, as nobody keeps that a name is free; nor are log-in keys and
/// failures to log in, which nobody keeps.
package struct StoreMark: Sendable, Equatable {
    private let words: [5 of UInt64]

    /// - Parameters:
    ///   - value: The row's value, of up to 32 bytes.
    ///   - connection: The number of the connection that read it, if no mark may outlive its connection.
    private init(value: [UInt8], connection: UInt64) {
        var words: [5 of UInt64] = [0, 0, 0, 0, connection]
        for (index, byte) in value.prefix(32).enumerated() { words[index / 8] |= UInt64(byte) << (index % 8 * 8) }
        self.words = words
    }

    /// Reads the mark.
    /// - Parameter number: The number of the connection, if no mark may outlive it.
    package init(from connection: any StoreConnection, number: UInt64 = 0) throws {
        guard let value = try connection.one(SQL.read, [], { row in try row.value(0) as [UInt8] }) else {
            throw StoreError.corrupt
        }
        self.init(value: value, connection: number)
    }

    package static func == (left: StoreMark, right: StoreMark) -> Bool {
        var difference: UInt64 = 0
        for index in 0..<5 { difference |= left.words[index] ^ right.words[index] }
        return difference == 0
    }
}

extension StoreConnection {
    /// Gives the database a mark that it has never had. It is the last statement of a write that has changed accounts or
    /// keys: writers come here one after another.
    func renewMark() throws {
        let value = (0..<16).map { _ in UInt8.random(in: 0...255) }
        guard try change(SQL.renew, [.bytes(value)]) == 1 else { throw StoreError.corrupt }
    }
}

private enum SQL {
    static let read: SQLText = "SELECT value FROM mark"
    static let renew: SQLText = "UPDATE mark SET value = ?1"
}
