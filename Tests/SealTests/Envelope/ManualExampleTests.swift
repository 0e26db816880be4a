import Armor
import Foundation
import Secrets
import TestKit
import Testing

@testable import Seal
@testable import Signing

@Suite("The worked examples of clavero-protocol(7)")
struct ManualExampleTests {
    private static let page: [String] = {
        let text = try! String(contentsOf: Repository.root.appending(path: "man/clavero-protocol.7"), encoding: .utf8)
        return text.components(separatedBy: "\n")
    }()

    /// Returns the fields between `.\" example: name` and `.\" end`, in order.
    private static func example(_ name: String) throws -> [(key: String, value: String)] {
        let lines = page.drop { $0 != ".\\\" example: \(name)" }.dropFirst().prefix { $0 != ".\\\" end" }
        let fields = lines.filter { !$0.hasPrefix(".") }.map { line in
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            return (parts[0], parts.count == 2 ? String(parts[1].dropFirst()) : "")
        }
        try #require(!fields.isEmpty, "there is no example \(name)")
        return fields
    }

    private static func value(_ key: String, of example: [(key: String, value: String)]) throws -> String {
        let values = example.filter { $0.key == key }.map(\.value)
        try #require(values.count == 1, "\(key) stands \(values.count) times")
        return values[0]
    }

    /// Returns the line after the line `label`.
    private static func line(below label: String) throws -> String {
        let line = try #require(page.drop { $0 != label }.dropFirst().first, "\(label)")
        return line.trimmingCharacters(in: .whitespaces)
    }

    @Test("The envelope opens to the message")
    func sealed() throws {
        let example = try Self.example("sealed")
        let bytes = hex(example.filter { $0.key == "envelope" }.map(\.value).joined())
        let envelope = try Envelope(parsing: bytes)
        let recipient = try Self.value("recipient", of: example)
        let version = try #require(UInt32(try Self.value("version", of: example)))
        let key = try EnvelopeKey(SecretBytes(hex(try Self.value("account-key", of: example))))
        #expect(envelope.sender == (try Self.value("sender", of: example)))
        #expect(envelope.recipients == [Envelope.Addressee(name: recipient, version: version)])
        let message = try envelope.open(as: recipient, version: version, key: key)
        #expect(String(decoding: message, as: UTF8.self) == (try Self.value("message", of: example)))
    }

    @Test("Each line of the envelope is the field that the page names")
    func fields() throws {
        let example = try Self.example("sealed")
        let lines = example.filter { $0.key == "envelope" }.map { hex($0.value) }
        let sender = Array(try Self.value("sender", of: example).utf8)
        let recipient = Array(try Self.value("recipient", of: example).utf8)
        let version = try #require(UInt8(try Self.value("version", of: example)))
        let message = try Self.value("message", of: example)
        try #require(lines.count == 12)
        #expect(lines[0] == Array("clv1".utf8))
        #expect(lines[1] == [0])
        #expect(lines[2] == [UInt8(sender.count)] + sender)
        #expect(lines[3] == [0, 1])
        #expect(lines[4] == [UInt8(recipient.count)] + recipient)
        #expect(lines[5] == [0, 0, 0, version])
        #expect(lines[6] == Array(0x40...0x57) && lines[9] == Array(0x60...0x77))
        #expect(lines[6...].map(\.count) == [24, 32, 16, 24, message.utf8.count, 16])
        #expect(lines[..<9].joined().count == 93 && lines.joined().count == 147)
    }

    @Test("The message key and the values derived on the way are those of the page")
    func derived() throws {
        let example = try Self.example("sealed")
        let lines = example.filter { $0.key == "envelope" }.map { hex($0.value) }
        try #require(lines.count == 12)
        let wrapping = try EnvelopeKey.wrappingKey(SecretBytes(hex(try Self.value("account-key", of: example))))
        #expect(hex(wrapping.withUnsafeBytes { Array($0) }) == (try Self.line(below: "wrapping key:")))
        let associated = Envelope.withWrapData(sender: "alice", recipient: "bob", version: 1) { data in
            data.withUnsafeBytes { Array($0) }
        }
        #expect(hex(associated) == (try Self.line(below: "associated data of the wrapped key:")))
        // The other direction starts from the keys and nonces on the page.
        let messageKey = Array(0x20...0x3F) as [UInt8]
        let wrapped = try XAES256GCM.seal(
            messageKey, key: wrapping, nonce: Array(0x40...0x57), authenticating: associated)
        #expect(wrapped == lines[7] + lines[8])
        let header = Array(lines[..<9].joined())
        let bound = Envelope.withMessageData(header: header.span.bytes, context: nil) { data in
            data.withUnsafeBytes { Array($0) }
        }
        let payload = try XAES256GCM.seal(
            Array(try Self.value("message", of: example).utf8), key: SecretBytes(messageKey),
            nonce: Array(0x60...0x77), authenticating: bound)
        #expect(payload == lines[10] + lines[11])
    }

    @Test("The envelope with a context opens with it, and differs from the other in its flags and its last tag")
    func context() throws {
        let (example, other) = (try Self.example("context"), try Self.example("sealed"))
        let lines = example.filter { $0.key == "envelope" }.map { hex($0.value) }
        let others = other.filter { $0.key == "envelope" }.map { hex($0.value) }
        try #require(lines.count == 12 && others.count == 12)
        #expect(lines.indices.filter { lines[$0] != others[$0] } == [1, 11] && lines[1] == [1])
        let context = try #require(MessageContext(Array(try Self.value("context", of: example).utf8)))
        let key = try EnvelopeKey(SecretBytes(hex(try Self.value("account-key", of: example))))
        let envelope = try Envelope(parsing: Array(lines.joined()))
        #expect(envelope.header.hasContext)
        let message = try envelope.open(as: "bob", version: 1, key: key, context: context)
        #expect(String(decoding: message, as: UTF8.self) == (try Self.value("message", of: example)))
        #expect(throws: SealError.damaged) { try envelope.open(as: "bob", version: 1, key: key) }
        // The other direction starts from the keys and nonces on the page.
        let header = Array(lines[..<9].joined())
        let bound = Envelope.withMessageData(header: header.span.bytes, context: context) { data in
            data.withUnsafeBytes { Array($0) }
        }
        #expect(bound == Array("clavero/1 message\0".utf8) + header + context.bytes)
        let payload = try XAES256GCM.seal(
            message, key: SecretBytes(Array(0x20...0x3F)), nonce: Array(0x60...0x77), authenticating: bound)
        #expect(payload == lines[10] + lines[11])
        let text = MessageArmor.encode(Array(lines.joined()).span.bytes).map { String(decoding: $0, as: UTF8.self) }
        #expect(text == (try Self.value("text", of: example)))
    }

    @Test("The tags are those of the page, with a context and without")
    func tags() throws {
        for (name, hasContext) in [("tag", false), ("tag-context", true)] {
            let example = try Self.example(name)
            let key = try MACKey(SecretBytes(hex(try Self.value("key", of: example))))
            let text = try #require(KeyedText(.tag, try Self.value("tag", of: example)))
            let message = Array(try Self.value("message", of: example).utf8)
            let context = hasContext ? MessageContext(Array(try Self.value("context", of: example).utf8)) : nil
            let input = MACKey.withInput(message.span.bytes, context) { $0.withUnsafeBytes { Array($0) } }
            #expect(hex(input) == (try Self.value("input", of: example)))
            let tag = key.tag(of: message.span.bytes, context: context)
            let isTag = key.isTag(text.bytes, of: message.span.bytes, context: context)
            #expect(tag == text.bytes && isTag)
            #expect(text.name == "alice" && text.version == 1)
        }
    }

    @Test("The text form is that of the envelope")
    func text() throws {
        let example = try Self.example("sealed")
        let bytes = hex(example.filter { $0.key == "envelope" }.map(\.value).joined())
        let text = Array(try Self.value("text", of: example).utf8)
        let decoded = MessageArmor.decode(text.span.bytes)
        let encoded = MessageArmor.encode(bytes.span.bytes)
        #expect(decoded == bytes)
        #expect(encoded == text)
    }

    @Test("The signature is the account's, and the public key is the one in PEM on the page")
    func signature() throws {
        let example = try Self.example("signature")
        let key = try SigningKey(seed: SecretBytes(hex(try Self.value("seed", of: example))))
        #expect(hex(key.publicKey.raw) == (try Self.value("public-key", of: example)))
        let text = try Self.value("signature", of: example)
        let signature = try #require(KeyedText(.signature, text))
        let message = Array(try Self.value("message", of: example).utf8)
        #expect(signature.name == (try Self.value("name", of: example)))
        #expect("\(signature.version)" == (try Self.value("version", of: example)))
        #expect(key.publicKey.isValid(signature.bytes, for: message))
        #expect(!key.publicKey.isValid(signature.bytes, for: message + [0x0A]))
        // Ed25519 signatures are deterministic (RFC 8032, section 5.1.6).
        #expect(try key.sign(message) == signature.bytes)
        #expect(signature.description == text)
        let pem = key.publicKey.pem.split(separator: "\n").map(String.init)
        #expect(Self.page.indices.contains { Self.page[$0...].starts(with: pem) })
    }

    @Test("The token has the claims of the page, and is valid until it expires")
    func token() throws {
        let example = try Self.example("token")
        let key = try SigningKey(seed: SecretBytes(hex(try Self.value("seed", of: example)))).publicKey
        #expect(key.id == (try Self.value("kid", of: example)))
        let token = try Self.value("token", of: example)
        let parts = token.split(separator: ".").map { Base64URL.decode($0).map { String(decoding: $0, as: UTF8.self) } }
        #expect(parts[0] == (try Self.value("header", of: example)))
        #expect(parts[1] == (try Self.value("claims", of: example)))
        let verifier = TokenVerifier(keys: [key], issuer: "clavero", audience: "clavero")
        let claims = try verifier.verify(token, now: 1_800_003_599)
        #expect((claims.sub, claims.epoch, claims.exp) == ("alice", 3, 1_800_003_600))
        #expect(throws: TokenError.expired) { try verifier.verify(token, now: 1_800_003_600) }
        #expect(Self.page.contains { $0.contains(Base64URL.encode(key.raw)) })
    }

    @Test("The challenge is one of the server's for the session, and its signature is the key's")
    func challenge() throws {
        let example = try Self.example("challenge")
        let seed = SecretBytes(hex(try Self.value("token-key", of: example)))
        let tagKey = try HKDF.sha256(seed, salt: [], info: Array("clavero/1 challenge".utf8), count: 32)
        #expect(hex(tagKey.withUnsafeBytes { Array($0) }) == (try Self.value("tag-key", of: example)))
        let signer = try ChallengeSigner(key: seed, server: try Self.value("server", of: example))
        let text = try Self.value("challenge", of: example)
        let session = try Self.value("session", of: example)
        let expires = try #require(Int(try Self.value("expires", of: example)))
        let challenge = try signer.check(text, session: session, now: expires - 1)
        #expect(challenge.account == (try Self.value("account", of: example)))
        #expect(challenge.expires == expires)
        #expect(Base64URL.encode(challenge.nonce) == (try Self.value("nonce", of: example)))
        let key = try SSHPublicKey(line: Array(try Self.value("key", of: example).utf8))
        #expect(key.fingerprint.description == (try Self.value("fingerprint", of: example)))
        let armor = example.filter { $0.key == "signature" }.map(\.value).joined(separator: "\n")
        let signature = try #require(SSHSignature(armored: armor))
        #expect(signature.publicKey == key.raw)
        let bytes = Array(text.utf8)
        let isValid = signature.isValid(for: bytes.span.bytes, namespace: "clavero")
        #expect(isValid)
    }
}
