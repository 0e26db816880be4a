import Seal
import Secrets
import Signing
import Store
import TestKit
import Testing

@Suite("Keys that the root key cannot unwrap")
struct RootKeyTests {
    private static let refusal = "451 4.3.5 The key cannot be unwrapped; ask the operator"

    @Test("A key that another root key has wrapped is refused")
    func otherRootKey() async throws {
        let first = try Bench()
        let session = try await first.session()
        _ = try await session.ask("SIGNUP alice \"correct horse\"")
        _ = try await session.ask("LOGIN alice \"correct horse\"")
        let sealed = try await session.ask("ENCRYPT hello").dropFirst(10)
        let signature = try await session.ask("SIGN hello").dropFirst(10)

        let second = try Bench(store: first.store)
        let other = try await second.session()
        try await expectRefusals(["ENCRYPT hello", "SIGN hello", "DECRYPT \(sealed)"], other, second)
        #expect(try await other.ask("VERIFY \(signature) hello") == "250 2.0.0 alice signed this with key 1")
        #expect(try await session.ask("DECRYPT \(sealed)") == "250 2.0.0 FROM=alice hello")
        #expect(first.reports == [])
    }

    @Test("A key that was changed, wrapped for another account, shortened or removed is refused", arguments: 0..<4)
    func damaged(_ kind: Int) async throws {
        let bench = try Bench()
        let phc = try PasswordHash.hash(SecretBytes(Array("correct horse".utf8)), cost: Site.cheap)
        let keys: [AccountKey] = try KeyPurpose.allCases.map { purpose in
            let owner = kind == 1 ? "bob" : "alice"
            var wrapped = try bench.rootKey.wrap(
                .random(count: 32), account: owner, purpose: purpose.rawValue, version: 1)
            if kind == 0 { wrapped[71] ^= 1 }
            if kind == 2 { wrapped.removeLast(33) }
            return AccountKey(
                account: "alice", purpose: purpose, version: 1, rootID: bench.rootKey.id, wrapped: wrapped,
                publicKey: purpose == .signing ? SigningKey().publicKey.raw : nil, created: 0)
        }
        try await bench.store.add(
            NewAccount(name: "alice", password: phc, keys: kind == 3 ? [] : keys, created: 0))
        let session = try await bench.session()
        try await expectRefusals(kind == 3 ? ["SIGN hello"] : ["SIGN hello", "ENCRYPT hello"], session, bench)
    }

    /// Checks that each line is refused, that the log gets one message for each, and that the session continues.
    private func expectRefusals(_ lines: [String], _ session: Conversation, _ bench: Bench) async throws {
        #expect(try await session.ask("LOGIN alice \"correct horse\"") == "235 2.7.0 Logged in as alice")
        for line in lines { #expect(try await session.ask(line) == Self.refusal) }
        let verbs = bench.reports.map { String($0.prefix { $0 != ":" }) }
        #expect(verbs == lines.map { String($0.prefix { $0 != " " }) })
        #expect(try await session.ask("WHOAMI") == "250 2.0.0 alice")
    }
}
