import NIOCore

/// The value of one argument, read according to the type that the declaration gives it. Account names are parsed only
/// once, when the request is read.
@usableFromInline
package enum ArgumentValue: Sendable, Equatable {
    case bytes(ByteBuffer)
    case name(AccountName)
    case names([AccountName])

    /// Reads the bytes as a value of `type`.
    ///
    /// - Throws: the refusal of bytes that are not a value of the type.
    init(_ bytes: ByteBuffer, as type: ParameterType) throws(Failure) {
        switch type {
        case .word, .secret, .message, .sealed: self = .bytes(bytes)
        case .name: self = .name(try Self.name(bytes))
        case .names: self = .names(try Self.names(bytes))
        }
    }

    /// Reads the name through a raw pointer, because the buffer's view checks its bounds at each byte.
    private static func name(_ bytes: ByteBuffer) throws(Failure) -> AccountName {
        guard let name = bytes.withUnsafeReadableBytes({ AccountName($0) }) else { throw .badName }
        return name
    }

    /// Reads a list of names that are separated by commas. A repeated name is kept once.
    private static func names(_ list: ByteBuffer) throws(Failure) -> [AccountName] {
        guard list.offset(of: UInt8(ascii: ",")) != nil else { return [try name(list)] }
        let items = Array(list.readableBytesView).split(
            separator: UInt8(ascii: ","), maxSplits: Request.maximumNames, omittingEmptySubsequences: false)
        guard items.count <= Request.maximumNames else { throw .tooManyNames }
        var seen: Set<AccountName> = []
        var names: [AccountName] = []
        for item in items {
            guard let name = AccountName(item) else { throw .badName }
            if seen.insert(name).inserted { names.append(name) }
        }
        return names
    }

    /// The bytes of the value as the client sent them, except that names are in their canonical spelling.
    package var bytes: ByteBuffer {
        switch self {
        case .bytes(let bytes): bytes
        case .name(let name): ByteBuffer(string: name.description)
        case .names(let names): ByteBuffer(string: names.map(\.description).joined(separator: ","))
        }
    }

    /// The length of `bytes` in bytes.
    package var count: Int {
        switch self {
        case .bytes(let bytes): bytes.readableBytes
        case .name(let name): name.count
        case .names(let names): names.reduce(names.count - 1) { $0 + $1.count }
        }
    }

    /// Writes the bytes of the value to `out`.
    func write(into out: inout Outbox) {
        switch self {
        case .bytes(let bytes): out.write(body: bytes)
        case .name(let name): out.bytes.writeString(name.description)
        case .names(let names):
            for (place, name) in names.enumerated() {
                if place > 0 { out.bytes.writeInteger(UInt8(ascii: ",")) }
                out.bytes.writeString(name.description)
            }
        }
    }
}
