import NIOCore
import TestKit
import Testing

@testable import Link

/// The ClientHello messages are OpenSSL's. Python passes them on.
@Suite("The protocols that a TLS client offers (RFC 8446, 4.1.2; RFC 7301, 3.1)")
struct ClientHelloTests {
    private static let program = """
        import ssl, sys
        context = ssl.create_default_context()
        if sys.argv[2:]:
            context.set_alpn_protocols(sys.argv[2:])
        if sys.argv[1] == "1.2":
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        outgoing = ssl.MemoryBIO()
        tls = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="gate.example")
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            print(outgoing.read().hex())
        """

    private static func greeting(_ protocols: [String], version: String = "1.3") async throws -> [UInt8] {
        let result = try await Tool.run("/usr/bin/python3", ["-c", program, version] + protocols)
        let digits = Array(result.output.utf8.dropLast())
        guard result.status == 0, !digits.isEmpty else { throw Mismatch(result.errors) }
        return stride(from: 0, to: digits.count, by: 2).map { index in
            UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16)!
        }
    }

    private static func read(_ bytes: some Sequence<UInt8>) -> ClientHello { ClientHello(ByteBuffer(bytes: bytes)) }

    @Test(
        "The protocols are found in their order, in whatever records the ClientHello comes",
        arguments: [["clavero"], ["h2", "http/1.1"], ["h2", "clavero", "http/1.1"]], ["1.2", "1.3"])
    func found(_ protocols: [String], _ version: String) async throws {
        let greeting = try await Self.greeting(protocols, version: version)
        #expect(Self.read(greeting) == .hello(protocols: protocols))
        // Bytes after the ClientHello are ignored.
        #expect(Self.read(greeting + [1, 2, 3]) == .hello(protocols: protocols))
        for size in [1, 2, 7, 100] {
            var pieces: [UInt8] = []
            var rest = greeting.dropFirst(5)
            while !rest.isEmpty {
                let piece = rest.prefix(size)
                pieces += [22, 3, 1, 0, UInt8(piece.count)] + piece
                rest = rest.dropFirst(size)
            }
            #expect(Self.read(pieces) == .hello(protocols: protocols))
        }
    }

    @Test("A ClientHello without protocols offers none", arguments: ["1.2", "1.3"])
    func none(_ version: String) async throws {
        #expect(Self.read(try await Self.greeting([], version: version)) == .hello(protocols: nil))
    }

    @Test("A ClientHello is incomplete until its last byte")
    func incomplete() async throws {
        let greeting = try await Self.greeting(["clavero"])
        for count in 0..<greeting.count { #expect(Self.read(greeting.prefix(count)) == .incomplete) }
    }

    @Test("Bytes that are not a ClientHello are left to TLS as soon as possible")
    func other() {
        for bytes in ["GET / HTTP/1.1\r\n\r\n", "NOOP\r\n", "\r\n", "\0"] { #expect(Self.read(bytes.utf8) == .other) }
        // An alert, application data, a handshake that does not begin with a ClientHello, and one with lengths only.
        for bytes: [UInt8] in [
            [21, 3, 1, 0, 2, 2, 40], [23], [22, 3, 1, 0, 4, 2, 0, 0, 0], [22, 3, 1, 0, 4, 1, 0, 0, 0],
        ] { #expect(Self.read(bytes) == .other) }
    }

    /// Each byte is changed once. Nothing is read out of bounds.
    @Test("Wrong lengths do no harm")
    func wrongLengths() async throws {
        let greeting = try await Self.greeting(["h2", "clavero"])
        for index in greeting.indices {
            for byte: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
                var changed = greeting
                changed[index] = byte
                if case .hello(let protocols?) = Self.read(changed) {
                    #expect(protocols.allSatisfy { $0.utf8.count < greeting.count })
                }
            }
        }
    }
}
