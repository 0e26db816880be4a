import Secrets
import Testing

@testable import Seal

@Suite("Current and previous root keys")
struct RootKeysTests {
    static let key = SecretBytes.random(count: 32)
    let old = try! RootKey(.random(count: 32))
    let new = try! RootKey(.random(count: 32))

    private func unwrap(_ wrapped: [UInt8], rootID: String, with keys: RootKeys) throws(SealError) -> SecretBytes {
        try keys.unwrap(wrapped, rootID: rootID, account: "alice", purpose: "seal", version: 3)
    }

    @Test("The first root key wraps, and each unwraps what it wrapped")
    func rotation() throws {
        let before = try RootKeys([old]).wrap(Self.key, account: "alice", purpose: "seal", version: 3)
        let keys = RootKeys([new, old])
        #expect(keys.current.id == new.id)
        #expect(keys.ids == [new.id, old.id])
        #expect(try unwrap(before, rootID: old.id, with: keys) == Self.key)
        let after = try keys.wrap(Self.key, account: "alice", purpose: "seal", version: 3)
        #expect(try unwrap(after, rootID: new.id, with: keys) == Self.key)
        #expect(try new.unwrap(after, account: "alice", purpose: "seal", version: 3) == Self.key)
    }

    @Test("An unknown id is an error of its own, and the id of another root key is reported as damage")
    func unknown() throws {
        let wrapped = try old.wrap(Self.key, account: "alice", purpose: "seal", version: 3)
        for id in [old.id, "", "\(new.id)A"] {
            #expect(throws: SealError.unknownRootKey) { try unwrap(wrapped, rootID: id, with: RootKeys([new])) }
        }
        #expect(throws: SealError.damaged) { try unwrap(wrapped, rootID: new.id, with: RootKeys([new, old])) }
        #expect(throws: SealError.malformed) { try unwrap([], rootID: old.id, with: RootKeys([new, old])) }
    }
}
