import Testing

@testable import Seal
@testable import Signing

/// The formats are those of RFC 4252 sections 7 and 9, and of OpenSSH's PROTOCOL, PROTOCOL.sshsig, PROTOCOL.krl, and
/// PROTOCOL.certkeys.
@Suite("Messages that SSH could mistake for its own")
struct SSHMessageTests {
    private static func string(_ bytes: some Collection<UInt8>) -> [UInt8] {
        [0, 0, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
    }

    private static func request(
        session: Int = 32, code: UInt8 = 50, user: String = "alice", service: String = "ssh-connection",
        _ method: String
    ) -> [UInt8] {
        string([UInt8](repeating: 0xAB, count: session)) + [code] + string(user.utf8) + string(service.utf8)
            + string(method.utf8)
    }

    private static func isBegun(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { SSHMessage.isBegun(by: $0) } }

    @Test("Signatures, revocation lists, certificates, and log-ins by every method that signs are recognised")
    func its() {
        let rest = [1] + Self.string("ssh-ed25519".utf8) + Self.string(SSHPublicKeyTests.blob())
        var messages = [
            Array("SSHSIG".utf8), Array("SSHSIG\0\0\0\u{7}clavero".utf8), Array("SSHKRL\n\0\0\0\0\u{1}".utf8),
            Self.string("ssh-ed25519-cert-v01@openssh.com".utf8) + Self.string([1, 2, 3]),
            Self.string("ssh-ed25519-cert".utf8), Self.request(service: "other", "publickey") + rest,
            Self.request(service: "", "hostbased"), Self.request(user: "", "none"),
        ]
        // The lengths are those of SHA-1, SHA-256, SHA-384, SHA-512, and none.
        for count in [20, 32, 48, 64, 0] {
            for method in ["publickey", "publickey-hostbound-v00@openssh.com", "hostbased"] {
                messages.append(Self.request(session: count, method) + rest)
                messages.append(Self.request(session: count, method))
            }
        }
        for message in messages { #expect(Self.isBegun(message), "\(message)") }
    }

    @Test("A message that ssh-keygen signs is recognised")
    func keygen() throws {
        // These are the bytes that a signature covers, by PROTOCOL.sshsig. The signature of ssh-keygen is valid for
        // them.
        let pair = try SSHKeygen()
        let text = try pair.sign(Array("hello".utf8), namespace: "clavero", options: ["-O", "hashalg=sha256"])
        let signed =
            Array("SSHSIG".utf8) + Self.string("clavero".utf8) + Self.string([]) + Self.string("sha256".utf8)
            + Self.string(SHA256.digest(Array("hello".utf8).span.bytes))
        let blob = try #require(SSHArmor.decode(text))
        let key = try VerifyingKey(raw: try SSHPublicKey(line: Array(pair.publicLine.utf8)).raw)
        let isSigned = key.isValid(Array(blob.suffix(64)).span.bytes, for: signed.span.bytes)
        #expect(isSigned && Self.isBegun(signed))
    }

    @Test("Other messages are not recognised, and neither are truncated ones")
    func others() {
        let request = Self.request("publickey")
        var messages: [[UInt8]] = [
            [], [0], Array("SSH".utf8), Array("SSHSI".utf8), Array("SSHSIg".utf8), Array("sshsig".utf8),
            Array(" SSHSIG".utf8), Array("SSHKRL".utf8), Array("attack at dawn".utf8), Array("ssh-connection".utf8),
            Self.request(code: 51, "publickey"), Self.request(service: "other", "password"),
            [UInt8](repeating: 0, count: 1000), [0, 0xFF, 0xFF, 0xFF] + request, [0xFF] + request,
            Self.string("ssh-ed25519".utf8) + Self.string([1]),
            Self.string([UInt8](repeating: 0x61, count: 60) + "-cert".utf8),
        ]
        // The bytes end before the method, whose first bytes are not enough if the service is another.
        for count in 0..<(request.count - 13) { messages.append(Array(request[..<count])) }
        for message in messages { #expect(!Self.isBegun(message), "\(message)") }
    }
}
