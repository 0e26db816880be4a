import Foundation
import Testing

@testable import Seal

@Suite("OpenSSH public keys")
struct SSHPublicKeyTests {
    /// The blob of RFC 8709 around `key`, by hand.
    static func blob(_ type: String = "ssh-ed25519", _ key: [UInt8] = [UInt8](repeating: 7, count: 32)) -> [UInt8] {
        [0, 0, 0, UInt8(type.utf8.count)] + type.utf8 + [0, 0, 0, UInt8(key.count)] + key
    }

    static func base64(_ blob: [UInt8] = blob()) -> String { Data(blob).base64EncodedString() }

    @Test(
        "ssh-keygen's line is read and written, its fingerprint found",
        arguments: ["", "a", "alice at gate.example ~!"])
    func keygen(comment: String) throws {
        let pair = try SSHKeygen(comment: comment)
        // Without a comment ssh-keygen leaves the space before it.
        let line = try pair.publicLine.trimmingCharacters(in: .whitespaces)
        let key = try #require(SSHPublicKey(line: line))
        #expect(key.comment == comment && key.raw.count == 32)
        #expect(key.line == line)
        #expect(try SSHPublicKey(raw: key.raw, comment: comment) == key)
        #expect(try pair.listing.split(separator: " ")[1] == key.fingerprint)
    }

    @Test("The key is that of the blob")
    func raw() throws {
        let bytes = Array(UInt8(0)..<32)
        let key = try #require(SSHPublicKey(line: "ssh-ed25519 \(Self.base64(Self.blob("ssh-ed25519", bytes))) a b"))
        #expect(key.raw == bytes && key.comment == "a b")
        #expect(SSHPublicKey(line: "ssh-ed25519 \(Self.base64())")?.comment == "")
    }

    @Test("Another kind of key is none", arguments: ["rsa", "ecdsa"])
    func kinds(kind: String) throws {
        #expect(SSHPublicKey(line: try SSHKeygen(kind).publicLine) == nil)
    }

    @Test("A blob that is not exactly a key of the kind that the line names is none")
    func blobs() {
        let good = Self.blob()
        let wrong = [
            Self.blob("ssh-ed25518"), Self.blob("ssh-rsa"), Self.blob(""), Self.blob("ssh-ed25519", []), good + [0],
            Self.blob("ssh-ed25519", [UInt8](repeating: 7, count: 31)),
            Self.blob("ssh-ed25519", [UInt8](repeating: 7, count: 33)), [0xFF, 0xFF, 0xFF, 0xFF] + good.dropFirst(4),
            Array(good[..<15]) + [0xFF, 0xFF, 0xFF, 0xFF] + good.dropFirst(19), [],
        ]
        for blob in wrong { #expect(SSHPublicKey(line: "ssh-ed25519 \(Self.base64(blob))") == nil) }
        for place in good.indices {
            #expect(SSHPublicKey(line: "ssh-ed25519 \(Self.base64(Array(good[..<place])))") == nil)
        }
    }

    @Test(
        "A line that is not exactly one is none",
        arguments: [
            "", "ssh-ed25519", "ssh-ed25519 ", base64(), "ssh-rsa \(base64())", "Ssh-ed25519 \(base64())",
            " ssh-ed25519 \(base64())", "ssh-ed25519  \(base64())", "ssh-ed25519\t\(base64())",
            "ssh-ed25519 \(base64()) ",
            "ssh-ed25519 \(base64())\n", "ssh-ed25519 \(base64())\r", "ssh-ed25519 \(base64()) a\n",
            "ssh-ed25519 \(base64()) a\nssh-ed25519 \(base64()) b", "restrict ssh-ed25519 \(base64()) a",
            #"command="ls" ssh-ed25519 \#(base64())"#, "ssh-ed25519 \(base64())==",
            "ssh-ed25519 \(base64().dropLast())",
            "ssh-ed25519 \(base64())  a", "ssh-ed25519 \(base64()) a ", "ssh-ed25519 \(base64()) \u{1B}[m",
            "ssh-ed25519 \(base64()) é", "ssh-ed25519 \(base64()) a\0", "ssh-ed25519 \(base64()) \u{7F}",
            "ssh-ed25519 \(base64()) \(String(repeating: "a", count: 129))",
        ])
    func lines(line: String) {
        #expect(SSHPublicKey(line: line) == nil)
    }

    @Test("What could not be read again is not made")
    func unwritable() throws {
        let raw = [UInt8](repeating: 7, count: 32)
        let longest = String(repeating: "a", count: 128)
        #expect(SSHPublicKey(line: try SSHPublicKey(raw: raw, comment: longest).line)?.comment == longest)
        for comment in [longest + "a", " a", "a ", "a\nb", "a\tb", "é", "\0"] {
            #expect(throws: SealError.malformed) { try SSHPublicKey(raw: raw, comment: comment) }
        }
        for count in [0, 31, 33] {
            #expect(throws: SealError.malformed) {
                try SSHPublicKey(raw: [UInt8](repeating: 7, count: count), comment: "")
            }
        }
    }
}
