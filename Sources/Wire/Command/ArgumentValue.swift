import NIOCore

/// The value of an argument, as a request's reader has read it by the argument's type. A name is read once.
@usableFromInline
package enum ArgumentValue: Sendable, Equatable {
    case octets(ByteBuffer)
    case name(AccountName)
    case names([AccountName])

    /// - Throws: that the octets are no value of the type.
    init(_ octets: ByteBuffer, as type: ParameterType) throws(Failure) {
        switch type {
        case .word, .secret, .message, .sealed: self = .octets(octets)
        case .name: self = .name(try Self.name(octets))
        case .names: self = .names(try Self.names(octets))
        }
    }

    /// Not by the buffer's view, each octet of which is asked for with a check of its own.
    private static func name(_ octets: ByteBuffer) throws(Failure) -> AccountName {
        guard let name = octets.withUnsafeReadableBytes({ AccountName($0) }) else { throw .badName }
        return name
    }

    /// A list of names, separated by commas, each once.
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

    /// The value as it was given, except that names are in their canonical spelling.
    package var octets: ByteBuffer {
        switch self {
        case .octets(let octets): octets
        case .name(let name): ByteBuffer(string: name.description)
        case .names(let names): ByteBuffer(string: names.map(\.description).joined(separator: ","))
        }
    }

    /// The number of its octets.
    package var count: Int {
        switch self {
        case .octets(let octets): octets.readableBytes
        case .name(let name): name.count
        case .names(let names): names.reduce(names.count - 1) { $0 + $1.count }
        }
    }

    /// Writes its octets.
    func write(into out: inout Outbox) {
        switch self {
        case .octets(let octets): out.write(body: octets)
        case .name(let name): out.octets.writeString(name.description)
        case .names(let names):
            for (place, name) in names.enumerated() {
                if place > 0 { out.octets.writeInteger(UInt8(ascii: ",")) }
                out.octets.writeString(name.description)
            }
        }
    }
}
