import Foundation
import Testing

@testable import Seal
@testable import Signing

@Suite("OpenSSH signatures, PROTOCOL.sshsig")
struct SSHSignatureTests {
    static let message = Array("attack at dawn\n".utf8)
    let pair: SSHKeygen
    let key: [UInt8]
    /// The armored signature of the message.
    let text: String

    init() throws {
        pair = try SSHKeygen(comment: "alice")
        key = try SSHPublicKey(line: Array(pair.publicLine.utf8)).raw
        text = try pair.sign(Self.message, namespace: "clavero")
    }

    /// Returns the binary form in the armor `text`.
    private static func bytes(_ text: String) -> [UInt8] {
        Array(Data(base64Encoded: text.split(separator: "\n").dropFirst().dropLast().joined())!)
    }

    private func isAccepted(_ signature: SSHSignature?) -> Bool {
        signature.map { $0.publicKey == key && $0.isValid(for: Self.message, namespace: "clavero") } ?? false
    }

    private static func string(_ bytes: [UInt8]) -> [UInt8] { [0, 0, 0, UInt8(bytes.count)] + bytes }

    @Test("A signature of ssh-keygen is valid, with either digest", arguments: [[], ["sha512"], ["sha256"]])
    func keygen(digest: [String]) throws {
        let options = digest.flatMap { ["-O", "hashalg=\($0)"] }
        for message in [Self.message, [], Random.bytes(100_000)] {
            let text = try pair.sign(message, namespace: "clavero", options: options)
            let signature = try #require(SSHSignature(armored: text))
            #expect(signature.publicKey == key)
            #expect(signature.isValid(for: message, namespace: "clavero"))
            #expect(!signature.isValid(for: message + [0], namespace: "clavero"))
            for namespace in ["", "file", "clavero ", "Clavero", "clavero\0"] {
                #expect(!signature.isValid(for: message, namespace: namespace))
            }
        }
    }

    @Test("A signature of another key names that key, and does not pass for the first one's")
    func otherKey() throws {
        let other = try SSHKeygen().sign(Self.message, namespace: "clavero")
        let signature = try #require(SSHSignature(armored: other))
        #expect(signature.isValid(for: Self.message, namespace: "clavero"))
        #expect(!isAccepted(signature))
        // The key comes after "SSHSIG", the version, and the lengths and the name before it.
        var bytes = Self.bytes(other)
        bytes.replaceSubrange(33..<65, with: key)
        let forged = try #require(SSHSignature(bytes))
        #expect(!forged.isValid(for: Self.message, namespace: "clavero"))
    }

    @Test("A signature of another type of key is refused", arguments: ["rsa", "ecdsa"])
    func kinds(kind: String) throws {
        #expect(SSHSignature(armored: try SSHKeygen(kind).sign(Self.message, namespace: "clavero")) == nil)
    }

    @Test("Every changed bit, every truncation, and every addition is refused")
    func damage() throws {
        let text = Array(self.text.utf8)
        try #require(isAccepted(SSHSignature(armored: self.text)))
        for place in text.indices {
            for bit in 0..<8 {
                var changed = text
                changed[place] ^= 1 << bit
                let signature = SSHSignature(armored: String(decoding: changed, as: UTF8.self))
                #expect(!isAccepted(signature), "bit \(bit) of \(place)")
            }
            // The line end after the armor is not a part of it.
            if place == text.count - 1 { continue }
            #expect(SSHSignature(armored: String(decoding: text[..<place], as: UTF8.self)) == nil)
        }
        let bytes = Self.bytes(self.text)
        try #require(isAccepted(SSHSignature(bytes)))
        for place in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[place] ^= 1 << bit
                #expect(!isAccepted(SSHSignature(changed)), "bit \(bit) of \(place)")
            }
            #expect(SSHSignature(Array(bytes[..<place])) == nil)
        }
        #expect(SSHSignature(bytes + [0]) == nil)
    }

    @Test("CR LF and blank space around the armor are ignored")
    func blank() throws {
        let crlf = text.replacing("\n", with: "\r\n")
        for good in [crlf, " \t\n\(text)\n \n", "\r\n\(crlf)\r\n", text.trimmingCharacters(in: .newlines)] {
            #expect(isAccepted(SSHSignature(armored: good)))
        }
    }

    @Test("Other armor is refused")
    func armor() throws {
        var lines = text.split(separator: "\n").map(String.init)
        let body = lines.dropFirst().dropLast().joined()
        let wrong = [
            "", "\n", body, lines[0], [lines[0], lines.last!].joined(separator: "\n"), text + "x", "x" + text,
            text + text,
            [lines[0], "", lines.last!].joined(separator: "\n"), [lines[0], body, lines.last!].joined(separator: "\n"),
            text.replacing("SSH SIGNATURE", with: "PGP SIGNATURE"), text.replacing(lines[1], with: lines[1] + "\n"),
            text.replacing(lines[1], with: lines[1] + " "), text.replacing("BEGIN", with: "END"),
            text.replacing(lines[1], with: lines[1] + "\r"), "\u{FEFF}" + text, text.replacing("\n", with: "\r"),
            String(repeating: "\n", count: 4096) + text,
        ]
        for text in wrong { #expect(SSHSignature(armored: text) == nil) }
        // The same digits are in lines of another length.
        lines[1...2] = [String(lines[1].dropLast()), String(lines[1].last!) + lines[2]]
        #expect(SSHSignature(armored: lines.joined(separator: "\n")) == nil)
    }

    @Test("Inconsistent fields are malformed")
    func fields() throws {
        let key = Self.string(Self.string(Array("ssh-ed25519".utf8)) + Self.string(Random.bytes(32)))
        let value = Self.string(Self.string(Array("ssh-ed25519".utf8)) + Self.string(Random.bytes(64)))
        let name = Self.string(Array("clavero".utf8))
        let sha512 = Self.string(Array("sha512".utf8))
        let none: [UInt8] = [0, 0, 0, 0]
        let start = Array("SSHSIG".utf8) + [0, 0, 0, 1]
        #expect(SSHSignature(start + key + name + none + sha512 + value) != nil)
        let short = Self.string(Self.string(Array("ssh-ed25519".utf8)) + Self.string(Random.bytes(63)))
        let bounded = [0, 0, 0x10, 0] + [UInt8](repeating: 0x61, count: 4096)
        let wrong: [[UInt8]] = [
            Array("SSHSIG".utf8) + [0, 0, 0, 2] + key + name + none + sha512 + value,
            Array("SSHSIH".utf8) + [0, 0, 0, 1] + key + name + none + sha512 + value,
            start + key + none + none + sha512 + value, start + key + name + name + sha512 + value,
            start + key + name + none + Self.string(Array("sha1".utf8)) + value,
            start + key + name + none + none + value,
            start + key + name + none + sha512 + key, start + value + name + none + sha512 + value,
            start + key + name + none + sha512 + short, start + key + name + none + sha512,
            start + [0xFF, 0xFF, 0xFF, 0xFF] + key + name + none + sha512 + value,
            start + key + bounded + none + sha512 + value,
        ]
        for bytes in wrong { #expect(SSHSignature(bytes) == nil) }
    }
}
