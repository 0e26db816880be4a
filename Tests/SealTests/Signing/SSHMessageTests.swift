import Testing

@testable import Seal
@testable import Signing

/// The shapes are those of RFC 4252 section 7 and 9, and of OpenSSH's PROTOCOL, PROTOCOL.sshsig, PROTOCOL.krl and
/// PROTOCOL.certkeys.
@Suite("Messages that SSH would take for its own")
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

    private static func isBegun(_ octets: [UInt8]) -> Bool { SSHMessage.isBegun(by: octets.span.bytes) }

    @Test("Signatures, revocations, log-ins by every method that signs, and certificates")
    func its() {
        let rest = [1] + Self.string("ssh-ed25519".utf8) + Self.string(SSHPublicKeyTests.blob())
        var messages = [
            Array("SSHSIG".utf8), Array("SSHSIG\0\0\0\u{7}clavero".utf8), Array("SSHKRL\n\0\0\0\0\u{1}".utf8),
            Self.string("ssh-ed25519-cert-v01@openssh.com".utf8) + Self.string([1, 2, 3]),
            Self.string("ssh-ed25519-cert".utf8), Self.request(service: "other", "publickey") + rest,
            Self.request(service: "", "hostbased"), Self.request(user: "", "none"),
        ]
        // SHA-1, SHA-256, SHA-384, SHA-512, and none at all.
        for count in [20, 32, 48, 64, 0] {
            for method in ["publickey", "publickey-hostbound-v00@openssh.com", "hostbased"] {
                messages.append(Self.request(session: count, method) + rest)
                messages.append(Self.request(session: count, method))
            }
        }
        for message in messages { #expect(Self.isBegun(message), "\(message)") }
    }

    @Test("What ssh-keygen signs is one of them")
    func keygen() throws {
        // The octets under a signature, as PROTOCOL.sshsig has them: ssh-keygen's own signature is good for these.
        let pair = try SSHKeygen()
        let text = try pair.sign(Array("hello".utf8), namespace: "clavero", options: ["-O", "hashalg=sha256"])
        let signed =
            Array("SSHSIG".utf8) + Self.string("clavero".utf8) + Self.string([]) + Self.string("sha256".utf8)
            + Self.string(SHA256.digest(Array("hello".utf8).span.bytes))
        let blob = try #require(SSHArmour.decode(text))
        let key = try VerifyingKey(raw: try SSHPublicKey(line: Array(pair.publicLine.utf8)).raw)
        let isSigned = key.isValid(Array(blob.suffix(64)).span.bytes, for: signed.span.bytes)
        #expect(isSigned && Self.isBegun(signed))
    }

    @Test("Anything else is not, nor what is cut short")
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
        // Up to the method, whose first octets are not enough where the service is another.
        for count in 0..<(request.count - 13) { messages.append(Array(request[..<count])) }
        for message in messages { #expect(!Self.isBegun(message), "\(message)") }
    }
}
