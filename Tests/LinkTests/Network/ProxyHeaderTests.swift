import NIOCore
import TestKit
import Testing

@testable import Link

/// The examples and limits are those of HAProxy's proxy-protocol.txt, 2.1 and 2.2.
@Suite("The header of a balancer")
struct ProxyHeaderTests {
    private static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]

    private static func read(_ bytes: [UInt8]) throws -> (ProxyHeader?, rest: String) {
        var buffer = ByteBuffer(bytes: bytes)
        let header = try ProxyHeader.take(&buffer)
        return (header, String(buffer: buffer))
    }

    static let lines: [(String, String?)] = [
        ("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535"),
        ("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n", "192.168.0.1:56324"),
        (
            "PROXY TCP6 ffff:f:f:f:f:f:f:f ffff:f:f:f:f:f:f:f 65535 65535\r\n",
            "[ffff:f:f:f:f:f:f:f]:65535"
        ),
        ("PROXY UNKNOWN\r\n", nil),
        ("PROXY UNKNOWN ffff:f:f:f:f:f:f:f ffff:f:f:f:f:f:f:f 65535 65535\r\n", nil),
    ]

    @Test("A header of version 1 is read, whole or in parts", arguments: lines)
    func version1(_ line: String, _ source: String?) throws {
        let bytes = Array(line.utf8)
        let (header, rest) = try Self.read(bytes + Array("NOOP\r\n".utf8))
        #expect(header?.source?.text == source)
        #expect(header?.isEncrypted == false)
        #expect(rest == "NOOP\r\n")
        for count in 0..<bytes.count { #expect(try Self.read(Array(bytes[..<count])).0 == nil) }
    }

    @Test(
        "Bytes that are not a header of version 1 are refused",
        arguments: [
            "NOOP\r\n", "PROXY\r\n", "proxy TCP4 1.2.3.4 1.2.3.4 1 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 70000\r\n", "PROXY TCP4 ::1 ::1 1 1\r\n",
            "PROXY TCP6 1.2.3.4 1.2.3.4 1 1\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 1\n", "PROXY TCP4 nobody 1.2.3.4 1 1\r\n",
            "PROXY UDP4 1.2.3.4 1.2.3.4 1 1\r\n",
            "PROXY  TCP4 1.2.3.4 1.2.3.4 1 1\r\n", "EHLO x\r\n", "\r\n\r\nx",
        ])
    func notVersion1(_ line: String) {
        #expect(throws: ProxyHeader.Fault.self) { try Self.read(Array(line.utf8)) }
    }

    @Test("A line without an end is refused")
    func endless() {
        #expect(throws: ProxyHeader.Fault.self) {
            try Self.read(Array("PROXY UNKNOWN ".utf8) + Array(repeating: 0x78, count: 93))
        }
    }

    /// The addresses 192.0.2.7:4711 to 192.0.2.1:6000.
    private static let addresses: [UInt8] = [192, 0, 2, 7, 192, 0, 2, 1, 0x12, 0x67, 0x17, 0x70]

    private static func header(_ rest: [UInt8], _ command: UInt8 = 0x21, _ family: UInt8 = 0x11) -> [UInt8] {
        signature + [command, family, UInt8(rest.count >> 8), UInt8(rest.count & 0xFF)] + rest
    }

    /// Returns PP2_TYPE_SSL with its flags, and without the result of a verification.
    private static func ssl(_ flags: UInt8) -> [UInt8] { [0x20, 0, 5, flags, 0, 0, 0, 0] }

    @Test("A header of version 2 is read, whole or in parts")
    func version2() throws {
        let six: [UInt8] = Array(repeating: 0, count: 15) + [1] + Array(repeating: 0, count: 15) + [2, 0, 9, 0, 10]
        let cases: [([UInt8], String?, Bool)] = [
            (Self.header(Self.addresses), "192.0.2.7:4711", false),
            (Self.header(six, 0x21, 0x21), "[::1]:9", false),
            (Self.header([], 0x20, 0x00), nil, false),
            // The addresses of LOCAL are ignored, and so are families other than those of the Internet.
            (Self.header(Self.addresses, 0x20, 0x11), nil, false),
            (Self.header([], 0x21, 0x00), nil, false),
            (Self.header(Array(repeating: 0, count: 216), 0x21, 0x31), nil, false),
            (Self.header(Self.addresses + [0x04, 0, 3, 1, 2, 3] + Self.ssl(0x01)), "192.0.2.7:4711", true),
            (Self.header(Self.addresses + Self.ssl(0x00)), "192.0.2.7:4711", false),
        ]
        for (bytes, source, isEncrypted) in cases {
            let (header, rest) = try Self.read(bytes + Array("NOOP\r\n".utf8))
            #expect(header?.source?.text == source)
            #expect(header?.isEncrypted == isEncrypted)
            #expect(rest == "NOOP\r\n")
            for count in 0..<bytes.count { #expect(try Self.read(Array(bytes[..<count])).0 == nil) }
        }
    }

    @Test("Bytes that are not a header of version 2 are refused")
    func notVersion2() {
        for bytes in [
            Self.header(Self.addresses, 0x22, 0x11), Self.header(Self.addresses, 0x11, 0x11),
            Self.header(Array(Self.addresses.dropLast())), Self.header(Self.addresses + [0x20, 0, 9, 1]),
            Self.signature + [0x21, 0x11, 0xFF, 0xFF],
        ] {
            #expect(throws: ProxyHeader.Fault.self) { try Self.read(bytes) }
        }
    }

    @Test("A range contains the addresses with its prefix")
    func ranges() throws {
        let cases: [(String, String, Bool)] = [
            ("10.0.0.0/8", "10.1.2.3", true), ("10.0.0.0/8", "11.1.2.3", false), ("10.9.9.9/8", "10.1.2.3", true),
            ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false), ("0.0.0.0/0", "8.8.8.8", true),
            ("2001:db8::/32", "2001:db8:1::1", true), ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "10.0.0.1", false), ("192.0.2.0/24", "::ffff:192.0.2.9", true), ("::1", "::1", true),
            ("::ffff:192.0.2.0/120", "192.0.2.9", true), ("::ffff:192.0.2.0/120", "192.0.3.9", false),
            ("::ffff:0:0/96", "::ffff:192.0.2.9", true), ("::ffff:0:0/96", "2001:db8::1", false),
        ]
        for (range, address, isIn) in cases {
            let range = try #require(AddressRange(range))
            #expect(range.contains(try SocketAddress(ipAddress: address, port: 1)) == isIn, "\(range) \(address)")
        }
        for text in [
            "", "10.0.0.0/33", "10.0.0/8", "::/129", "localhost", "10.0.0.0/8/8", "10.0.0.0/x", "/8", "fe80::1%lo/64",
            "::ffff:10.0.0.0/95",
        ] {
            #expect(AddressRange(text) == nil, "\(text)")
        }
        #expect(!AddressRange("0.0.0.0/0")!.contains(try SocketAddress(unixDomainSocketPath: "/x")))
    }
}
