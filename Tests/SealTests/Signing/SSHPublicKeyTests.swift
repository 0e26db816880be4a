import Foundation
import Testing

@testable import Seal
@testable import Signing

@Suite("OpenSSH public keys")
struct SSHPublicKeyTests {
    /// Returns the blob of RFC 8709 for `key`, made by hand.
    static func blob(_ type: String = "ssh-ed25519", _ key: [UInt8] = [UInt8](repeating: 7, count: 32)) -> [UInt8] {
        [0, 0, 0, UInt8(type.utf8.count)] + type.utf8 + [0, 0, 0, UInt8(key.count)] + key
    }

    static func base64(_ blob: [UInt8] = blob()) -> String { Data(blob).base64EncodedString() }

    private static func key(_ line: String) throws(SSHPublicKey.Fault) -> SSHPublicKey {
        try SSHPublicKey(line: Array(line.utf8))
    }

    private static func fault(_ line: String) -> SSHPublicKey.Fault? {
        do throws(SSHPublicKey.Fault) {
            _ = try key(line)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "A line of ssh-keygen is read, with any comment, and has the fingerprint that ssh-keygen prints",
        arguments: [
            ("", ""), ("a", "a"), ("alice at gate.example ~!", "alice at gate.example ~!"),
            ("ana@portátil", "ana@portátil"), ("Ивана ноутбук", "Ивана ноутбук"), ("a\ttab", "a tab"),
            (String(repeating: "c", count: 200), String(repeating: "c", count: 128)),
            ("x" + String(repeating: "ñ", count: 100), "x" + String(repeating: "ñ", count: 63)),
            (" both ends ", "both ends"), ("\u{1B}[31mred", "[31mred"), ("a\u{202E}b\u{200B}c", "abc"),
        ])
    func keygen(comment: String, kept: String) throws {
        let pair = try SSHKeygen(comment: comment)
        let key = try Self.key(pair.publicLine + "\n")
        #expect(key.comment == kept && key.raw.count == 32)
        // Without a comment, ssh-keygen leaves the space before it.
        if comment == kept { #expect(try key.line == pair.publicLine.trimmingCharacters(in: .whitespaces)) }
        #expect(try SSHPublicKey(raw: key.raw, comment: comment) == key)
        #expect(try Self.key(key.line) == key)
        #expect(try pair.listing.split(separator: " ")[1] == key.fingerprint.description)
    }

    @Test("A comment is cut between characters, and invalid UTF-8 is shown as such")
    func comments() throws {
        let family = "👨‍👩‍👧"
        let cases: [([UInt8], String)] = [
            (Array("ana@port\u{E1}til".utf16.map { UInt8($0) }), "ana@port\u{FFFD}til"),
            (Array((String(repeating: "x", count: 124) + "ñññ").utf8), String(repeating: "x", count: 124) + "ññ"),
            (Array((String(repeating: "x", count: 126) + "e\u{301}").utf8), String(repeating: "x", count: 126)),
            (Array((String(repeating: "x", count: 126) + "  y").utf8), String(repeating: "x", count: 126)),
            (Array(repeating: 0x07, count: 5000), ""), (Array(repeating: 0xCC, count: 1), "\u{FFFD}"),
            (Array(repeating: 0x07, count: 4094) + Array("ñ".utf8), ""),
            (Array(family.utf8), "👨👩👧"),
        ]
        for (bytes, kept) in cases {
            let line = Array("ssh-ed25519 \(Self.base64()) ".utf8) + bytes
            let comment = try SSHPublicKey(line: line).comment
            #expect(comment == kept && comment.utf8.elementsEqual(kept.utf8))
            #expect(SSHComment.cleaned(comment.utf8) == comment)
        }
    }

    @Test("The key is the one in the blob")
    func raw() throws {
        let bytes = Array(UInt8(0)..<32)
        let key = try Self.key("ssh-ed25519 \(Self.base64(Self.blob("ssh-ed25519", bytes))) a b")
        #expect(key.raw == bytes && key.comment == "a b")
        for line in [
            "ssh-ed25519 \(Self.base64())", "\n ssh-ed25519\t\(Self.base64())  \r\n", "ssh-ed25519  \(Self.base64()) ",
        ] {
            #expect(try Self.key(line).comment == "")
        }
    }

    @Test("Keys of other types are recognised as such", arguments: ["rsa", "ecdsa"])
    func kinds(kind: String) throws {
        #expect(Self.fault(try SSHKeygen(kind).publicLine) == .otherType)
    }

    @Test(
        "Certificates, keys on tokens, and lines with options each have their error",
        arguments: [
            ("ssh-ed25519-cert-v01@openssh.com \(base64()) a", SSHPublicKey.Fault.otherType),
            ("sk-ssh-ed25519@openssh.com \(base64())", .otherType),
            ("sk-ecdsa-sha2-nistp256@openssh.com \(base64())", .otherType), ("ssh-rsa \(base64())", .otherType),
            ("ssh-dss", .otherType), ("restrict ssh-ed25519 \(base64()) a", .options),
            (#"command="ls -l",no-pty ssh-ed25519 \#(base64())"#, .options), ("cert-authority ssh-rsa x", .options),
        ])
    func refusals(line: String, fault: SSHPublicKey.Fault) {
        #expect(Self.fault(line) == fault)
    }

    @Test("A blob that is not exactly a key of the line's type is refused")
    func blobs() {
        let good = Self.blob()
        let wrong = [
            Self.blob("ssh-ed25518"), Self.blob("ssh-rsa"), Self.blob(""), Self.blob("ssh-ed25519", []), good + [0],
            Self.blob("ssh-ed25519", [UInt8](repeating: 7, count: 31)),
            Self.blob("ssh-ed25519", [UInt8](repeating: 7, count: 33)), [0xFF, 0xFF, 0xFF, 0xFF] + good.dropFirst(4),
            Array(good[..<15]) + [0xFF, 0xFF, 0xFF, 0xFF] + good.dropFirst(19), [],
        ]
        for blob in wrong { #expect(Self.fault("ssh-ed25519 \(Self.base64(blob))") == .malformed) }
        for place in good.indices {
            #expect(Self.fault("ssh-ed25519 \(Self.base64(Array(good[..<place])))") == .malformed)
        }
    }

    @Test(
        "A text that is not one key on one line is refused",
        arguments: [
            "", " ", "ssh-ed25519", "ssh-ed25519 ", base64(), "Ssh-ed25519 \(base64())", "alice@laptop",
            "ssh-ed25519 \(base64()) a\nssh-ed25519 \(base64()) b", "ssh-ed25519\n\(base64())",
            "ssh-ed25519 \(base64())==", "ssh-ed25519 \(base64().dropLast())", "ssh-ed25519 \(base64())\u{A0}a",
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=\n-----END OPENSSH PRIVATE KEY-----",
            "---- BEGIN SSH2 PUBLIC KEY ----\n\(base64())\n---- END SSH2 PUBLIC KEY ----",
        ])
    func lines(line: String) {
        #expect(Self.fault(line) == .malformed)
    }

    @Test("A key must have 32 bytes")
    func unwritable() throws {
        for count in [0, 31, 33] {
            #expect(throws: SealError.malformed) {
                try SSHPublicKey(raw: [UInt8](repeating: 7, count: count), comment: "")
            }
        }
    }
}
