import Secrets
import Testing

@testable import Seal

@Suite("Account keys wrapped under a root key")
struct RootKeyTests {
    static let key = SecretBytes.random(count: 32)

    @Test("A wrapped key is unwrapped for its account, purpose, and version only")
    func roundTrip() throws {
        let root = try RootKey(.random(count: 32))
        let wrapped = try root.wrap(Self.key, account: "alice", purpose: "seal", version: 3)
        #expect(wrapped.count == 72)
        #expect(try root.unwrap(wrapped, account: "alice", purpose: "seal", version: 3) == Self.key)
        let others: [(String, String, UInt32)] = [
            ("bob", "seal", 3), ("alice", "sign", 3), ("alice", "seal", 4), ("seal", "alice", 3), ("aliceseal", "", 3),
        ]
        for (account, purpose, version) in others {
            #expect(throws: SealError.damaged) {
                try root.unwrap(wrapped, account: account, purpose: purpose, version: version)
            }
        }
        #expect(throws: SealError.damaged) {
            try RootKey(.random(count: 32)).unwrap(wrapped, account: "alice", purpose: "seal", version: 3)
        }
    }

    @Test("Every changed byte and every truncation is an error")
    func damage() throws {
        let root = try RootKey(.random(count: 32))
        let wrapped = try root.wrap(Self.key, account: "alice", purpose: "seal", version: 3)
        for place in wrapped.indices {
            for changed in [wrapped.flipped(at: place), Array(wrapped[..<place])] {
                #expect(throws: SealError.self) {
                    try root.unwrap(changed, account: "alice", purpose: "seal", version: 3)
                }
            }
        }
    }

    @Test("A NUL in a name, and a root key of another length, are refused")
    func malformed() throws {
        let root = try RootKey(.random(count: 32))
        for (account, purpose) in [("a\0", "seal"), ("alice", "\0")] {
            #expect(throws: SealError.malformed) {
                try root.wrap(Self.key, account: account, purpose: purpose, version: 1)
            }
        }
        for count in [0, 16, 31, 33] { #expect(throws: SealError.malformed) { try RootKey(.random(count: count)) } }
    }

    @Test("The id is the one that Python computes")
    func independent() throws {
        let bytes = SecretBytes(Array(0..<32))
        let root = try RootKey(bytes)
        #expect(try RootKey(bytes).id == root.id)
        #expect(root.id.utf8.count == 8)
        let script = """
            import base64, hashlib
            key = bytes(range(32))
            print(base64.urlsafe_b64encode(hashlib.sha256(b"clavero/1 root id" + key).digest()[:6]).decode())
            """
        #expect(try python(script) == root.id)
    }
}
