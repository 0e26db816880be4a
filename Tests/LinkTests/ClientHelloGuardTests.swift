import NIOCore
import NIOEmbedded
import Testing

@testable import Link

@Suite("What stands before TLS until a client has greeted")
struct ClientHelloGuardTests {
    /// The alerts are those of RFC 8446, appendix B.2, as fatal ones in records of TLS 1.2.
    private static let decodeError: [UInt8] = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x32]

    @Test("A greeting that does not end is refused, and nothing of it goes on")
    func endless() throws {
        let channel = EmbeddedChannel(handler: ClientHelloGuard())
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        // A handshake record of 16,384 octets, the first of a greeting of 60,000.
        var octets = ByteBuffer(bytes: [22, 3, 1, 0x40, 0, 1, 0, 0xEA, 0x60])
        octets.writeRepeatingByte(0, count: 16_000)
        try channel.writeInbound(octets)
        #expect(channel.isActive)
        try channel.writeInbound(ByteBuffer(repeating: 0, count: 380))
        #expect(try channel.readOutbound(as: ByteBuffer.self) == ByteBuffer(bytes: Self.decodeError))
        #expect(!channel.isActive)
        #expect(try channel.readInbound(as: ByteBuffer.self) == nil)
    }

    @Test("Its octets go on together, once it is whole, and all that follow as they come")
    func whole() throws {
        let channel = EmbeddedChannel(handler: ClientHelloGuard())
        // No greeting at all: TLS will say so.
        try channel.writeInbound(ByteBuffer(bytes: [22, 3, 1, 0, 4]))
        #expect(try channel.readInbound(as: ByteBuffer.self) == nil)
        try channel.writeInbound(ByteBuffer(bytes: [2, 0, 0, 0]))
        #expect(try channel.readInbound(as: ByteBuffer.self) == ByteBuffer(bytes: [22, 3, 1, 0, 4, 2, 0, 0, 0]))
        try channel.writeInbound(ByteBuffer(bytes: [9]))
        #expect(try channel.readInbound(as: ByteBuffer.self) == ByteBuffer(bytes: [9]))
        _ = try channel.finish()
    }
}
