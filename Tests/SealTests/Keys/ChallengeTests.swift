import Foundation
import Secrets
import Testing

@testable import Seal
@testable import Signing

@Suite("Challenges for log-in by key")
struct ChallengeTests {
    static let key = SecretBytes(Array(0..<32))
    static let signer = try! ChallengeSigner(key: key, server: "gate.example")

    static func issued(_ signer: ChallengeSigner = signer) throws -> String {
        try signer.issue(account: "alice", session: "s-1", now: 1000)
    }

    /// Returns a challenge with `payload` and a valid tag, made in Python from the description alone.
    private static func forged(_ payload: String) throws -> String {
        let script = """
            import base64, hashlib, hmac
            from cryptography.hazmat.primitives import hashes
            from cryptography.hazmat.primitives.kdf.hkdf import HKDF

            payload = sys.argv[1].encode()
            key = HKDF(hashes.SHA256(), 32, None, b"clavero/1 challenge").derive(bytes(range(32)))
            parts = (base64.urlsafe_b64encode(part).decode().rstrip("=") for part in
                     (payload, hmac.new(key, payload, hashlib.sha256).digest()))
            print("clvc1." + ".".join(parts))
            """
        return try python(script, payload)
    }

    @Test("A challenge is recognised with its contents until it expires")
    func roundTrip() throws {
        let text = try Self.issued()
        for now in [940, 1000, 1119] {
            let challenge = try Self.signer.check(text, session: "s-1", now: now)
            #expect(challenge.account == "alice" && challenge.expires == 1120 && challenge.nonce.count == 16)
        }
        for now in [0, 939, 1120, .max] {
            #expect(throws: ChallengeError.expired) { try Self.signer.check(text, session: "s-1", now: now) }
        }
        let other = try Self.issued()
        let nonces = try [text, other].map { try Self.signer.check($0, session: "s-1", now: 1000).nonce }
        #expect(nonces[0] != nonces[1])
        let brief = try ChallengeSigner(key: Self.key, server: "gate.example", lifetime: 1)
        #expect(throws: ChallengeError.expired) { try brief.check(Self.issued(brief), session: "s-1", now: 1001) }
    }

    @Test("A challenge is valid only for its session, its server, and its key")
    func bound() throws {
        let text = try Self.issued()
        for session in ["s-2", "", "S-1", "s-1 "] {
            #expect(throws: ChallengeError.otherSession) { try Self.signer.check(text, session: session, now: 1000) }
        }
        let others = [
            try ChallengeSigner(key: Self.key, server: "gate2.example"),
            try ChallengeSigner(key: .random(count: 32), server: "gate.example"),
        ]
        for other in others {
            #expect(throws: ChallengeError.malformed) { try other.check(text, session: "s-1", now: 1000) }
            #expect(throws: ChallengeError.malformed) {
                try Self.signer.check(Self.issued(other), session: "s-1", now: 1000)
            }
        }
    }

    @Test("Every changed bit, every truncation, and every other spelling is malformed")
    func damage() throws {
        let text = Array(try Self.issued().utf8)
        for place in text.indices {
            for bit in 0..<8 {
                var changed = text
                changed[place] ^= 1 << bit
                #expect(throws: ChallengeError.malformed) {
                    try Self.signer.check(String(decoding: changed, as: UTF8.self), session: "s-1", now: 1000)
                }
            }
            let short = String(decoding: text[..<place], as: UTF8.self)
            #expect(throws: ChallengeError.malformed) { try Self.signer.check(short, session: "s-1", now: 1000) }
        }
        let whole = String(decoding: text, as: UTF8.self)
        for other in [whole + "=", whole + ".", " " + whole, whole + "\n", whole + "." + whole] {
            #expect(throws: ChallengeError.malformed) { try Self.signer.check(other, session: "s-1", now: 1000) }
        }
    }

    @Test("Python makes a valid challenge from the description, and reads ours")
    func independent() throws {
        let nonce = "AAECAwQFBgcICQoLDA0ODw"
        let text = try Self.forged("gate.example\nalice\ns-1\n1120\n\(nonce)")
        let challenge = try Self.signer.check(text, session: "s-1", now: 1000)
        #expect(challenge.account == "alice" && challenge.expires == 1120 && challenge.nonce == Array(0..<16))
        let ours = try Self.issued()
        let script = """
            import base64
            payload = sys.argv[1].split(".")[1]
            print(*base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode().split("\\n")[:4])
            """
        #expect(try python(script, ours) == "gate.example alice s-1 1120")
    }

    @Test(
        "A payload that is not in the format is malformed, even with a valid tag",
        arguments: [
            "gate.example\nalice\ns-1\n1120", "gate.example\nalice\ns-1\n1120\nAAECAwQFBgcICQoLDA0ODw\n",
            "gate.example\nalice\ns-1\n01120\nAAECAwQFBgcICQoLDA0ODw",
            "gate.example\nalice\ns-1\n\nAAECAwQFBgcICQoLDA0ODw",
            "gate.example\nalice\ns-1\n-1\nAAECAwQFBgcICQoLDA0ODw",
            "gate.example\nalice\ns-1\n1120\nAAECAwQFBgcICQoLDA0O",
            "gate.example\nal ice\ns-1\n1120\nAAECAwQFBgcICQoLDA0ODw",
            "gate.example\n\ns-1\n1120\nAAECAwQFBgcICQoLDA0ODw",
            "gate.example\r\nalice\ns-1\n1120\nAAECAwQFBgcICQoLDA0ODw",
        ])
    func payloads(payload: String) throws {
        let text = try Self.forged(payload)
        #expect(throws: ChallengeError.malformed) { try Self.signer.check(text, session: "s-1", now: 1000) }
    }

    @Test("A challenge with the longest names is one word of less than 1000 bytes, and longer names are refused")
    func names() throws {
        let long = String(repeating: "a", count: 255)
        let session = String(repeating: "s", count: 128)
        let signer = try ChallengeSigner(key: Self.key, server: long)
        let text = try signer.issue(account: long, session: session, now: 9_223_372_036_854_775_000)
        #expect(text.utf8.count < 1000 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) })
        #expect(try signer.check(text, session: session, now: 9_223_372_036_854_775_001).account == long)
        for name in ["", "a b", "a\nb", "a\0", "é", long + "a"] {
            #expect(throws: SealError.malformed) { try ChallengeSigner(key: Self.key, server: name) }
            #expect(throws: SealError.malformed) { try signer.issue(account: name, session: "s", now: 1000) }
            #expect(throws: SealError.malformed) { try signer.issue(account: "a", session: name, now: 1000) }
        }
        #expect(throws: SealError.malformed) { try signer.issue(account: "a", session: session + "s", now: 1000) }
    }

    @Test("ssh-keygen answers a challenge")
    func answered() throws {
        let pair = try SSHKeygen()
        let text = try Self.issued()
        let signature = SSHSignature(armored: try pair.sign(Array(text.utf8), namespace: "clavero"))
        #expect(
            try signature?.publicKey == SSHPublicKey(line: Array(pair.publicLine.utf8)).raw)
        #expect(signature?.isValid(for: Array(text.utf8), namespace: "clavero") == true)
    }
}
