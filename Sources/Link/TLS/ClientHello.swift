import NIOCore

/// The beginning of a TLS connection. It is read before TLS reads it, to find the protocols that the client offers
/// (RFC 8446, 4.1.2; RFC 7301, 3.1).
///
///     TLSPlaintext  = type(u8, 22) version(u16) length(u16) fragment
///     Handshake     = msg_type(u8, 1) length(u24) ClientHello
///     ClientHello   = version(u16) random(32) session_id<u8> cipher_suites<u16> compression<u8> extensions<u16>
///     ALPN, type 16 = protocol_name_list<u16> of name<u8>
enum ClientHello: Equatable {
    /// More bytes are needed.
    case incomplete
    /// The bytes are not a ClientHello. TLS will report the error.
    case other
    /// `protocols`: the protocols that the client offers; nil if it offers none.
    case hello(protocols: [String]?)

    /// The most bytes that a ClientHello may have. Those of browsers have about 2,000.
    static let limit = 1 << 14
    private static let handshake: UInt8 = 22
    private static let clientHello: UInt32 = 1
    private static let alpn: UInt16 = 16

    init(_ bytes: ByteBuffer) {
        var records = bytes
        var message = ByteBuffer()
        while let fragment = Self.fragment(&records) {
            guard var fragment else {
                self = .other
                return
            }
            message.writeBuffer(&fragment)
            if let hello = Self.hello(in: message) {
                self = hello
                return
            }
        }
        self = .incomplete
    }

    /// Returns the fragment of the next record: nil if the record is incomplete, and `.some(nil)` if it is not a
    /// handshake's.
    private static func fragment(_ records: inout ByteBuffer) -> ByteBuffer?? {
        guard let type: UInt8 = records.readInteger() else { return nil }
        guard type == handshake else { return .some(nil) }
        guard records.readInteger(as: UInt16.self) != nil,
            let fragment = records.readLengthPrefixedSlice(as: UInt16.self)
        else { return nil }
        return fragment
    }

    /// Reads the handshake message; nil if it is incomplete.
    private static func hello(in message: ByteBuffer) -> ClientHello? {
        guard let word: UInt32 = message.getInteger(at: message.readerIndex) else { return nil }
        guard word >> 24 == clientHello else { return .other }
        return message.getSlice(at: message.readerIndex + 4, length: Int(word & 0xFF_FFFF)).map(read)
    }

    private static func read(_ hello: ByteBuffer) -> ClientHello {
        var hello = hello
        guard hello.readSlice(length: 34) != nil, hello.readLengthPrefixedSlice(as: UInt8.self) != nil,
            hello.readLengthPrefixedSlice(as: UInt16.self) != nil, hello.readLengthPrefixedSlice(as: UInt8.self) != nil
        else { return .other }
        guard var extensions = hello.readLengthPrefixedSlice(as: UInt16.self) else { return .hello(protocols: nil) }
        while let type: UInt16 = extensions.readInteger(),
            var body = extensions.readLengthPrefixedSlice(as: UInt16.self)
        {
            guard type == alpn else { continue }
            var names: [String] = []
            var list = body.readLengthPrefixedSlice(as: UInt16.self) ?? ByteBuffer()
            while let name = list.readLengthPrefixedSlice(as: UInt8.self) { names.append(String(buffer: name)) }
            return .hello(protocols: names)
        }
        return .hello(protocols: nil)
    }
}
