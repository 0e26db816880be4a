import NIOCore

/// The beginning of a TLS connection, as far as it has to be looked into before TLS does: which protocols the client
/// offers (RFC 8446, 4.1.2; RFC 7301, 3.1).
///
///     TLSPlaintext  = type(u8, 22) version(u16) length(u16) fragment
///     Handshake     = msg_type(u8, 1) length(u24) ClientHello
///     ClientHello   = version(u16) random(32) session_id<u8> cipher_suites<u16> compression<u8> extensions<u16>
///     ALPN, type 16 = protocol_name_list<u16> of name<u8>
enum ClientHello: Equatable {
    /// More octets are needed.
    case incomplete
    /// Not one: whatever it is, TLS will say so.
    case other
    /// `protocols`: what it offers, nil when it offers none.
    case hello(protocols: [String]?)

    /// A greeting larger than this is left to TLS.
    static let limit = 1 << 16
    private static let alpn: UInt16 = 16

    init(_ octets: ByteBuffer) {
        var records = octets
        var message = ByteBuffer()
        while true {
            guard let type: UInt8 = records.readInteger() else { self = .incomplete; return }
            guard type == 22 else { self = .other; return }
            guard records.readInteger(as: UInt16.self) != nil, let length: UInt16 = records.readInteger() else {
                self = .incomplete
                return
            }
            var fragment = records.readSlice(length: Int(length))
            guard fragment != nil else { self = .incomplete; return }
            message.writeBuffer(&fragment!)
            if let count = Self.length(of: message), message.readableBytes >= 4 + count {
                self = Self.read(message.getSlice(at: message.readerIndex + 4, length: count)!)
                return
            }
        }
    }

    private static func length(of message: ByteBuffer) -> Int? {
        guard message.readableBytes >= 4, let word: UInt32 = message.getInteger(at: message.readerIndex) else { return nil }
        return word >> 24 == 1 ? Int(word & 0xFF_FFFF) : 0
    }

    private static func read(_ hello: ByteBuffer) -> ClientHello {
        var hello = hello
        guard hello.readSlice(length: 34) != nil, hello.readLengthPrefixedSlice(as: UInt8.self) != nil,
            hello.readLengthPrefixedSlice(as: UInt16.self) != nil, hello.readLengthPrefixedSlice(as: UInt8.self) != nil
        else { return .other }
        guard var extensions = hello.readLengthPrefixedSlice(as: UInt16.self) else { return .hello(protocols: nil) }
        while let type: UInt16 = extensions.readInteger(), var body = extensions.readLengthPrefixedSlice(as: UInt16.self) {
            guard type == alpn else { continue }
            var names: [String] = []
            var list = body.readLengthPrefixedSlice(as: UInt16.self) ?? ByteBuffer()
            while let name = list.readLengthPrefixedSlice(as: UInt8.self) { names.append(String(buffer: name)) }
            return .hello(protocols: names)
        }
        return .hello(protocols: nil)
    }
}

/// Stands before TLS until the client has greeted. A client that offers protocols but not ours is another protocol's,
/// perhaps a browser sent here by somebody else (ALPACA): it gets the alert no_application_protocol, and no session.
final class ClientHelloGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// fatal, no_application_protocol (RFC 7301, 3.2), in a record of TLS 1.2.
    private static let alert: [UInt8] = [21, 3, 3, 0, 2, 2, 120]
    private var seen = ByteBuffer()
    private var isRefused = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        var octets = unwrapInboundIn(data)
        seen.writeBuffer(&octets)
        switch ClientHello(seen) {
        case .incomplete where seen.readableBytes < ClientHello.limit: break
        case .hello(let protocols?) where !protocols.contains(TLSIdentity.protocolName): refuse(context)
        case .incomplete, .other, .hello: pass(context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // What came is all that there will be: TLS says what it lacks.
        if case ChannelEvent.inputClosed = event, seen.readableBytes > 0, !isRefused { pass(context) }
        context.fireUserInboundEventTriggered(event)
    }

    private func pass(_ context: ChannelHandlerContext) {
        context.fireChannelRead(wrapInboundOut(seen))
        context.fireChannelReadComplete()
        seen = ByteBuffer()
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private func refuse(_ context: ChannelHandlerContext) {
        isRefused = true
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: Self.alert))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }
}
