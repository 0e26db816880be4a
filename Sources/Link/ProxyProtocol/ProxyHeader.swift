import NIOCore

/// The header that a balancer sends before a client's bytes: HAProxy's PROXY protocol, versions 1 and 2
/// (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt).
struct ProxyHeader: Equatable {
    /// The client's address; nil if the header has none: UNKNOWN, LOCAL, and every family but TCP over IPv4 or IPv6.
    let source: SocketAddress?
    /// Whether the client's connection to the balancer has TLS. Version 1 cannot tell.
    let isEncrypted: Bool

    /// The error for bytes that are not a header.
    struct Fault: Error {}

    private static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]
    /// The most bytes of a header of version 1, with its line end (2.1).
    private static let longestLine = 107
    /// The most bytes of a header of version 2 after its first 16: the addresses and other information.
    private static let longestRest = 2048

    /// Removes the header from the front of the bytes; nil if it is not complete.
    static func take(_ bytes: inout ByteBuffer) throws(Fault) -> ProxyHeader? {
        let start = bytes.readableBytesView.prefix(signature.count)
        if signature.starts(with: start) {
            return start.count < signature.count ? nil : try takeVersion2(&bytes)
        }
        let word = Array("PROXY ".utf8)
        guard word.starts(with: start.prefix(word.count)) else { throw Fault() }
        return try takeVersion1(&bytes)
    }

    // MARK: - Version 1 (2.1)

    private static func takeVersion1(_ bytes: inout ByteBuffer) throws(Fault) -> ProxyHeader? {
        let view = bytes.readableBytesView.prefix(longestLine)
        guard let end = view.firstIndex(of: 0x0A) else {
            guard view.count < longestLine else { throw Fault() }
            return nil
        }
        guard end > view.startIndex, view[end - 1] == 0x0D else { throw Fault() }
        let words = String(decoding: view[..<(end - 1)], as: UTF8.self).split(
            separator: " ", omittingEmptySubsequences: false)
        bytes.moveReaderIndex(to: end + 1)
        guard words.count >= 2 else { throw Fault() }
        switch words[1] {
        case "UNKNOWN": return ProxyHeader(source: nil, isEncrypted: false)
        case "TCP4", "TCP6":
            guard words.count == 6, let port = UInt16(words[4]), UInt16(words[5]) != nil,
                let source = try? SocketAddress(ipAddress: String(words[2]), port: Int(port)),
                (source.protocol == .inet) == (words[1] == "TCP4")
            else { throw Fault() }
            return ProxyHeader(source: source, isEncrypted: false)
        default: throw Fault()
        }
    }

    // MARK: - Version 2 (2.2)

    private static func takeVersion2(_ bytes: inout ByteBuffer) throws(Fault) -> ProxyHeader? {
        let start = bytes.readerIndex + signature.count
        guard let command: UInt8 = bytes.getInteger(at: start), let family: UInt8 = bytes.getInteger(at: start + 1),
            let count: UInt16 = bytes.getInteger(at: start + 2)
        else { return nil }
        guard command == 0x20 || command == 0x21, Int(count) <= longestRest else { throw Fault() }
        guard bytes.readableBytes >= 16 + Int(count) else { return nil }
        bytes.moveReaderIndex(forwardBy: 16)
        var rest = bytes.readSlice(length: Int(count))!
        guard command == 0x21 else { return ProxyHeader(source: nil, isEncrypted: false) }
        switch family {
        case 0x11: return try header(&rest, addressLength: 4)
        case 0x21: return try header(&rest, addressLength: 16)
        default: return ProxyHeader(source: nil, isEncrypted: false)
        }
    }

    private static func header(_ rest: inout ByteBuffer, addressLength: Int) throws(Fault) -> ProxyHeader {
        guard let address = rest.readSlice(length: addressLength), rest.readSlice(length: addressLength) != nil,
            let port: UInt16 = rest.readInteger(), rest.readInteger(as: UInt16.self) != nil,
            let source = try? SocketAddress(packedIPAddress: address, port: Int(port))
        else { throw Fault() }
        return ProxyHeader(source: source, isEncrypted: try isEncrypted(&rest))
    }

    /// Returns whether one of the TLVs says that the client has TLS: type PP2_TYPE_SSL, with PP2_CLIENT_SSL set in its
    /// first byte.
    private static func isEncrypted(_ rest: inout ByteBuffer) throws(Fault) -> Bool {
        var isEncrypted = false
        while rest.readableBytes > 0 {
            guard let type: UInt8 = rest.readInteger(), let count: UInt16 = rest.readInteger(),
                let value = rest.readSlice(length: Int(count))
            else { throw Fault() }
            if type == 0x20, let client: UInt8 = value.getInteger(at: value.readerIndex) {
                isEncrypted = client & 0x01 != 0
            }
        }
        return isEncrypted
    }
}
