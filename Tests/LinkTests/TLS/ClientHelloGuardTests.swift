import NIOCore
import NIOEmbedded
import Testing

@testable import Link

@Suite("The guard before TLS")
struct ClientHelloGuardTests {
    /// The alerts of RFC 8446, appendix B.2, as fatal alerts in records of TLS 1.2.
    private static let decodeError: [UInt8] = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x32]

    @Test("A ClientHello that does not end is refused, and none of its bytes are passed on")
    func endless() throws {
        let channel = EmbeddedChannel(handler: ClientHelloGuard())
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        // The first handshake record, of 16,384 bytes, of a ClientHello of 60,000.
        var bytes = ByteBuffer(bytes: [22, 3, 1, 0x40, 0, 1, 0, 0xEA, 0x60])
        bytes.writeRepeatingByte(0, count: 16_000)
        try channel.writeInbound(bytes)
        #expect(channel.isActive)
        try channel.writeInbound(ByteBuffer(repeating: 0, count: 380))
        #expect(try channel.readOutbound(as: ByteBuffer.self) == ByteBuffer(bytes: Self.decodeError))
        #expect(!channel.isActive)
        #expect(try channel.readInbound(as: ByteBuffer.self) == nil)
    }

    @Test("A ClientHello is passed on when it is complete, and later bytes are passed on at once")
    func whole() throws {
        let channel = EmbeddedChannel(handler: ClientHelloGuard())
        // This is not a ClientHello, and TLS will report the error.
        try channel.writeInbound(ByteBuffer(bytes: [22, 3, 1, 0, 4]))
        #expect(try channel.readInbound(as: ByteBuffer.self) == nil)
        try channel.writeInbound(ByteBuffer(bytes: [2, 0, 0, 0]))
        #expect(try channel.readInbound(as: ByteBuffer.self) == ByteBuffer(bytes: [22, 3, 1, 0, 4, 2, 0, 0, 0]))
        try channel.writeInbound(ByteBuffer(bytes: [9]))
        #expect(try channel.readInbound(as: ByteBuffer.self) == ByteBuffer(bytes: [9]))
        _ = try channel.finish()
    }
}
