import Armor
import Secrets
import Store
import Testing

@testable import Audit
@testable import Seal
@testable import Signing

/// The formats that this site signs, authenticates or accepts. The keys here serve all formats, as no key of a site
/// does, so that only the formats keep the signatures apart.
@Suite("Signatures of one format in another")
struct FormatSeparationTests {
    private enum Format: CaseIterable {
        case plain, token, checkpoint, ssh, challenge, tag
    }

    /// Something that was signed or got a tag.
    private struct Item {
        let format: Format
        let seed: SecretBytes
        /// The content, from which a checker computes the signed bytes.
        let content: [UInt8]
        /// The bytes that the key signed.
        let signed: [UInt8]
        let signature: [UInt8]
    }

    private static let now = 1_800_000_000

    private static func string(_ bytes: some Collection<UInt8>) -> [UInt8] {
        [0, 0, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
    }

    /// Returns a genuine item of the format.
    private static func item(_ format: Format, _ seed: SecretBytes) throws -> Item {
        let key = try SigningKey(seed: seed)
        func signed(_ content: [UInt8], _ bytes: [UInt8]) throws -> Item {
            Item(format: format, seed: seed, content: content, signed: bytes, signature: try key.sign(bytes.span.bytes))
        }
        switch format {
        case .plain:
            let message = Array("attack at dawn".utf8)
            return try signed(message, message)
        case .token:
            let signer = TokenSigner(key: key, issuer: "clavero", audience: "clavero")
            let parts = try signer.issue(subject: "alice", epoch: 1, now: now, lifetime: 60).split(separator: ".")
            let item = try signed(Array("\(parts[0]).\(parts[1])".utf8), Array("\(parts[0]).\(parts[1])".utf8))
            try #require(item.signature == Base64URL.decode(parts[2]))
            return item
        case .checkpoint:
            let line = Array(
                #"{"seq":1,"time":"x","prev":"","checkpoint":"start","log":"keys","id":"x","key":"y""#.utf8)
            return try signed(line, AuditFormat.signed(line))
        case .ssh:
            let message = Array("hello".utf8)
            return try signed(
                message,
                Array("SSHSIG".utf8) + string("clavero".utf8) + string([]) + string("sha512".utf8)
                    + string(SHA512.digest(message.span.bytes)))
        case .challenge:
            let text = try ChallengeSigner(key: seed, server: "site").issue(account: "alice", session: "1", now: now)
            let parts = text.split(separator: ".").dropFirst().map { Base64URL.decode($0)! }
            return Item(format: format, seed: seed, content: parts[0], signed: parts[0], signature: parts[1])
        case .tag:
            let message = Array("attack at dawn".utf8)
            let tag = try MACKey(seed).tag(of: message.span.bytes)
            let input = MACKey.withInput(message.span.bytes, nil) { $0.withUnsafeBytes { Array($0) } }
            return Item(format: format, seed: seed, content: message, signed: input, signature: tag)
        }
    }

    /// Returns whether a checker of the format accepts the signature for the content.
    private static func accepts(
        _ format: Format, _ signature: [UInt8], for content: [UInt8], by seed: SecretBytes
    ) throws -> Bool {
        let key = try SigningKey(seed: seed).publicKey
        let text = String(decoding: content, as: UTF8.self)
        switch format {
        case .plain:
            // VERIFY takes any message, but SIGN makes no signature of a reserved one.
            return ReservedFormat.of(content.span.bytes) == nil
                && key.isValid(signature.span.bytes, for: content.span.bytes)
        case .token:
            let verifier = TokenVerifier(keys: [key], issuer: "clavero", audience: "clavero")
            return (try? verifier.verify("\(text).\(Base64URL.encode(signature))", now: now)) != nil
        case .checkpoint:
            return key.isValid(signature.span.bytes, for: AuditFormat.signed(content).span.bytes)
        case .ssh:
            let algorithm = string("ssh-ed25519".utf8)
            let head = Array("SSHSIG".utf8) + [0, 0, 0, 1] + string(algorithm + string(key.raw))
            let names = string("clavero".utf8) + string([]) + string("sha512".utf8)
            let read = SSHSignature(head + names + string(algorithm + string(signature)))
            return read?.isValid(for: content.span.bytes, namespace: "clavero") == true
        case .challenge:
            let text = "clvc1.\(Base64URL.encode(content)).\(Base64URL.encode(signature))"
            return (try? ChallengeSigner(key: seed, server: "site").check(text, session: "1", now: now)) != nil
        case .tag:
            return try MACKey(seed).isTag(signature, of: content.span.bytes)
        }
    }

    @Test("A signature is valid in its own format, for its own key, and nowhere else")
    func separate() throws {
        let seeds = [SecretBytes.random(count: 32), SecretBytes.random(count: 32)]
        let items = try Format.allCases.flatMap { format in try seeds.map { try Self.item(format, $0) } }
        for item in items {
            for format in Format.allCases {
                for seed in seeds {
                    let isOwn = format == item.format && seed == item.seed
                    #expect(
                        try Self.accepts(format, item.signature, for: item.content, by: seed) == isOwn,
                        "\(item.format) as \(format)")
                    // The signed bytes themselves, as the content of another format, change nothing.
                    if format != item.format {
                        #expect(
                            try !Self.accepts(format, item.signature, for: item.signed, by: seed),
                            "the bytes of \(item.format) as \(format)")
                    }
                }
            }
        }
    }

    @Test("SIGN refuses what the other formats sign, so a plain signature is none of theirs")
    func refused() throws {
        let seed = SecretBytes.random(count: 32)
        let expected: [Format: ReservedFormat] = [.token: .jws, .checkpoint: .own, .ssh: .ssh, .tag: .own]
        for (format, reserved) in expected {
            let found = ReservedFormat.of(try Self.item(format, seed).signed.span.bytes)
            #expect(found == reserved, "\(format)")
        }
        // People sign the text of a challenge, and only in SSH's format.
        let challenge = try ChallengeSigner(key: seed, server: "site").issue(
            account: "alice", session: "1", now: Self.now)
        let found = ReservedFormat.of(Array(challenge.utf8).span.bytes)
        #expect(found == .own)
    }

    @Test("A key that was wrapped for one purpose cannot be unwrapped for another")
    func purposes() throws {
        let root = try RootKey(.random(count: 32))
        for purpose in KeyPurpose.allCases {
            let key = SecretBytes.random(count: 32)
            let wrapped = try root.wrap(key, account: "alice", purpose: purpose.rawValue, version: 1)
            for other in KeyPurpose.allCases {
                let opened = try? root.unwrap(wrapped, account: "alice", purpose: other.rawValue, version: 1)
                #expect(opened == (other == purpose ? key : nil))
            }
        }
    }
}
