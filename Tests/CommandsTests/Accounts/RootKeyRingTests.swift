import Seal
import Store
import TestKit
import Testing
import Wire

@Suite("The root key ring")
struct RootKeyRingTests {
    private static let refusal = "451 4.3.5 The key cannot be unwrapped; ask the operator"

    /// Makes a server that knows only the first root key, and one that was started when the second key was the
    /// current one.
    private static func benches() async throws -> (old: Bench, new: Bench, second: RootKey) {
        let old = try Bench()
        #expect(try await old.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        let second = try RootKey(.random(count: 32))
        old.files.change { $0.roots.insert(second, at: 0) }
        let new = try Bench(beside: old)
        #expect(try await new.answer("SIGNUP bob \"correct horse\"").reply.code == 250)
        return (old, new, second)
    }

    @Test("The key file is read again only for a key under an unknown root key")
    func reload() async throws {
        let (old, new, second) = try await Self.benches()
        #expect(try await new.store.key(of: "bob", purpose: .signing, version: 1)?.rootID == second.id)
        let token = try await old.logIn("bob")
        let reads = old.files.rootReads
        #expect(try await old.answer("SIGN hello", token: token).reply.code == 250)
        #expect(old.files.rootReads == reads + 1)
        for bench in [old, new] {
            for name in ["alice", "bob"] {
                let session = try await bench.session()
                #expect(try await session.ask("LOGIN \(name) \"correct horse\"").hasPrefix("235"))
                let sealed = try await session.ask("ENCRYPT TO=alice,bob hello").dropFirst(10)
                #expect(try await session.ask("DECRYPT \(sealed)") == "250 2.0.0 FROM=\(name) hello")
            }
        }
        #expect(old.files.rootReads == reads + 1)
        #expect(old.reports == [] && new.reports == [])
    }

    @Test("A ring without the root key refuses and logs it, and works when the file has the key")
    func unknown() async throws {
        let (old, _, second) = try await Self.benches()
        old.files.change { $0.roots.removeFirst() }
        let token = try await old.logIn("bob")
        for _ in 0..<2 { #expect(try await old.answer("SIGN hello", token: token).line == Self.refusal) }
        #expect(old.reports == ["SIGN: unknownRootKey", "SIGN: unknownRootKey"])
        // The keys that it has still work.
        let other = try await old.logIn("alice")
        #expect(try await old.answer("SIGN hello", token: other).reply.code == 250)
        #expect(try await old.answer("ENCRYPT TO=bob hello", token: other).line == Self.refusal)
        old.files.change { $0.roots.append(second) }
        #expect(try await old.answer("SIGN hello", token: token).reply.code == 250)
    }

    @Test("A ring keeps its keys if the file cannot be read")
    func unreadable() async throws {
        let (old, _, _) = try await Self.benches()
        old.files.change { $0.areReadable = false }
        let token = try await old.logIn("bob")
        let answer = try await old.answer("SIGN hello", token: token)
        #expect(answer.line == "451 4.3.0 Internal error; the server's log has it")
        #expect(old.reports == ["SIGN: the key file cannot be read"])
        #expect(try await old.answer("SIGN hello", token: try await old.logIn("alice")).reply.code == 250)
        old.files.change { $0.areReadable = true }
        #expect(try await old.answer("SIGN hello", token: token).reply.code == 250)
    }

    @Test("A sign-up under a replaced root key reads the file again, and uses the new key")
    func signUp() async throws {
        let bench = try Bench()
        #expect(try await bench.store.setRootKeyID(bench.rootKey.id, replacing: nil))
        #expect(try await bench.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        let second = try RootKey(.random(count: 32))
        #expect(try await bench.store.setRootKeyID(second.id, replacing: bench.rootKey.id))
        // The file does not have the new root key yet.
        let reads = bench.files.rootReads
        #expect(try await bench.answer("SIGNUP bob \"correct horse\"").line == Self.refusal)
        #expect(bench.files.rootReads == reads + 1, "once")
        #expect(bench.reports == ["SIGNUP: the root key was changed meanwhile"])
        #expect(try await bench.store.account(named: "bob") == nil)
        bench.files.change { $0.roots.insert(second, at: 0) }
        #expect(try await bench.answer("SIGNUP bob \"correct horse\"").line == "250 2.0.0 bob signed up, key 1")
        #expect(bench.files.rootReads == reads + 2)
        #expect(try await bench.store.keyCounts() == [bench.rootKey.id: 2, second.id: 2])
        for name in ["alice", "bob"] {
            let token = try await bench.logIn(name)
            #expect(try await bench.answer("SIGN hello", token: token).reply.code == 250)
        }
    }
}
