import Armor
import Testing

@testable import Seal
@testable import Signing

@Suite("Formats whose messages are not signed as plain ones")
struct ReservedFormatTests {
    private static func format(_ bytes: [UInt8]) -> ReservedFormat? { ReservedFormat.of(bytes.span.bytes) }
    private static func format(_ text: String) -> ReservedFormat? { format(Array(text.utf8)) }

    @Test("Each beginning is recognised as that of its format")
    func beginnings() {
        let root = String(repeating: "A", count: 43) + "="
        let texts: [(String, ReservedFormat)] = [
            ("SSHSIG", .ssh), ("SSHKRL\n\0", .ssh), ("DSSEv1 29 http://example.com/HelloWorld 11 hello world", .dsse),
            (String(repeating: " ", count: 64) + "TLS 1.3, server CertificateVerify\0", .tls),
            (String(repeating: " ", count: 64) + "TLS 1.3, client CertificateVerify\0", .tls),
            ("example.com/log\n123\n\(root)\n", .log), ("example.com/log\n0\n\(root)\nextension\n", .log),
            ("cosignature/v1\ntime 1\nexample.com/log\n", .log), ("clavero/1 mac\0\0", .own), ("clavero/2 x", .own),
            ("clavero/1 audit checkpoint\0{}", .own), ("clvc1.AAAA.AAAA", .own),
        ]
        for (text, expected) in texts { #expect(Self.format(text) == expected, "\(text)") }
        for (head, name) in [(0x84, "Signature1"), (0x85, "Signature"), (0x85, "CounterSignature")] as [(UInt8, String)]
        {
            #expect(
                Self.format([head, 0x60 | UInt8(name.utf8.count)] + name.utf8 + [0x43, 0xA1, 0x01, 0x27]) == .cose)
        }
    }

    @Test(
        "Other messages are signed",
        arguments: [
            "", "attack at dawn", "attack at dawn. Bring e30.", "{\"seq\":1,\"time\":\"x\"}", "e30",
            "eyJhbGciOiJFZERTQSJ9",
            "SSH", "clavero", "clavero/README.md", "clavero/", "clvs1.alice.1.AAAA", "clv1.AAAA", ".profile", "...",
            "TLS 1.3, server CertificateVerify", "DSSE", "DSSEv1", "a\nb\nc\n", "a\n1\n\n", "a\n1\nAAAA=\n", "0\u{3}ab",
            "example. Every sentence ends. So does this one", "cosignature/v1", "eyJub3RoaW5nIjoxfQ.e30", "\n\n\n",
        ])
    func others(_ text: String) {
        #expect(Self.format(text) == nil)
    }

    @Test("Whatever PyJWT takes for a token is recognised, however strangely its header is written")
    func tokens() throws {
        let script = """
            import base64, json
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
            key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
            encode = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=")
            text = '{"alg":"EdDSA","typ":"JWT"}'
            digits = encode(text.encode())
            headers = [digits, digits[:8] + b" \\n!" + digits[8:], b"~" + digits, digits + b"=AAAA"]
            for spelling in [text, ' \\t\\r\\n' + text, '{ "kid" : "x",\\n"alg" : "EdDSA" }', '{"\\\\u0061lg":"EdDSA"}']:
                headers += [encode(spelling.encode(code)) for code in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-be")]
                headers += [encode(spelling.encode(code)) for code in ("utf-8-sig", "utf-16", "utf-32")]
            seen = 0
            for header in headers:
                signed = header + b"." + encode(b'{"sub":"alice"}')
                token = signed + b"." + encode(key.sign(signed))
                try:
                    jwt.decode(token, key.public_key(), algorithms=["EdDSA"])
                    print(signed.hex())
                except jwt.InvalidTokenError:
                    pass
            print(jwt.encode({"a": 1}, key, algorithm="EdDSA").rsplit(".", 1)[0].encode().hex())
            """
        let messages = try python(script).split(separator: "\n").map { hex($0) }
        #expect(messages.count > 10)
        for message in messages { #expect(Self.format(message) == .jws, "\(String(decoding: message, as: UTF8.self))") }
        // RFC 7797: the payload need not be base64url.
        let header = Base64URL.encode(Array(#"{"alg":"EdDSA","b64":false,"crit":["b64"]}"#.utf8))
        #expect(Self.format("\(header).$.02") == .jws)
    }

    @Test("What is signed in certificates, requests and revocations is recognised, and whole certificates are not")
    func certificates() throws {
        let script = """
            import datetime
            from cryptography import x509
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
            from cryptography.hazmat.primitives.serialization import Encoding
            key = Ed25519PrivateKey.generate()
            name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x" * 60)])
            now = datetime.datetime(2026, 1, 1)
            later = datetime.datetime(2027, 1, 1)
            cert = x509.CertificateBuilder(name, name, key.public_key(), 7, now, later).sign(key, None)
            request = x509.CertificateSigningRequestBuilder(name).sign(key, None)
            gone = x509.RevokedCertificateBuilder(8, now).build()
            crl = x509.CertificateRevocationListBuilder(name, now, later, revoked_certificates=[gone]).sign(key, None)
            signed = [cert.tbs_certificate_bytes, request.tbs_certrequest_bytes, crl.tbs_certlist_bytes]
            print(*[data.hex() for data in signed + [cert.public_bytes(Encoding.DER)]])
            """
        let parts = try python(script).split(separator: " ").map { hex($0) }
        try #require(parts.count == 4)
        for signed in parts[..<3] {
            #expect(Self.format(signed) == .x509)
            #expect(Self.format(signed + [0]) == nil && Self.format(Array(signed.dropLast())) == nil)
        }
        #expect(Self.format(parts[3]) == nil)
        // Signed attributes of CMS (RFC 5652), with one attribute.
        #expect(Self.format([0x31, 0x04, 0x30, 0x02, 0x06, 0x00]) == .x509)
        // Lengths that are wrong, too long, indefinite, or missing.
        for bytes in [[0x30], [0x30, 0x80, 2, 1, 0], [0x30, 0x85, 0, 0, 0, 0, 1, 2], [0x30, 0x84, 0xFF], [0x30, 0]]
            as [[UInt8]]
        {
            #expect(Self.format(bytes) == nil)
        }
    }
}
