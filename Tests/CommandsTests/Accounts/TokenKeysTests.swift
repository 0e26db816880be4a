import Seal
import Signing
import TestKit
import Testing
import Wire

@testable import Commands

@Suite("The keys of tokens")
struct TokenKeysTests {
    private static let alice = "250 2.0.0 alice"
    private static let ended = "530 5.7.1 The log-in has ended; log in again"

    private static func bench() async throws -> Bench {
        let bench = try Bench()
        #expect(try await bench.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        return bench
    }

    private static func token(_ bench: Bench, by key: SigningKey) throws -> String {
        try TokenSigner(key: key, issuer: "test", audience: "test")
            .issue(subject: "alice", epoch: 0, now: bench.clock.now, lifetime: 1000)
    }

    private static func whoAmI(_ bench: Bench, _ token: String) async throws -> String {
        try await bench.answer("WHOAMI", token: token).line
    }

    @Test("A token with an unknown key makes the server read the keys again, at most once a second")
    func unknown() async throws {
        let bench = try await Self.bench()
        let new = SigningKey()
        let token = try Self.token(bench, by: new)
        for _ in 0..<5 { #expect(try await Self.whoAmI(bench, token) == Self.ended) }
        #expect(bench.files.tokenReads == 1, "the first second is that of the start")
        for reads in 2...4 {
            bench.clock.advance(1)
            for _ in 0..<5 { #expect(try await Self.whoAmI(bench, token) == Self.ended) }
            #expect(bench.files.tokenReads == reads)
        }
        bench.files.change { $0.published.insert(new.publicKey, at: 0) }
        bench.clock.advance(1)
        #expect(try await Self.whoAmI(bench, token) == Self.alice)
        #expect(bench.files.tokenReads == 5)
    }

    @Test("A token that is wrong in another way does not make the server read the keys")
    func bad() async throws {
        let bench = try await Self.bench()
        bench.clock.advance(1)
        let good = try Self.token(bench, by: bench.key)
        let parts = good.split(separator: ".")
        let other = try Self.token(bench, by: SigningKey()).split(separator: ".")
        for token in [String(good.dropLast()), "\(parts[0]).\(parts[1]).\(other[2])", "x.\(parts[1]).\(parts[2])"] {
            #expect(try await Self.whoAmI(bench, token) == Self.ended)
        }
        #expect(bench.files.tokenReads == 1)
    }

    @Test("Unreadable files are tried at most once a second, and the old keys stay in use")
    func unreadable() async throws {
        let bench = try await Self.bench()
        bench.files.change { $0.areReadable = false }
        bench.clock.advance(1)
        let forged = try Self.token(bench, by: SigningKey())
        for _ in 0..<5 { #expect(try await Self.whoAmI(bench, forged) == Self.ended) }
        #expect(bench.files.tokenReads == 2)
        #expect(throws: Mismatch.self) { try bench.keys.reload() }
        let token = try await bench.logIn()
        #expect(try await Self.whoAmI(bench, token) == Self.alice)
        #expect(bench.reports == [])
    }

    @Test("If many requests use a new key at once, all succeed and one of them reads the keys")
    func together() async throws {
        let bench = try await Self.bench()
        let new = SigningKey()
        bench.files.change { $0.published.insert(new.publicKey, at: 0) }
        bench.clock.advance(1)
        let tokens = try (0..<20).map { _ in try Self.token(bench, by: new) }
        let lines = try await withThrowingTaskGroup(of: String.self) { group in
            for token in tokens { group.addTask { try await Self.whoAmI(bench, token) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(lines == Array(repeating: Self.alice, count: 20))
        #expect(bench.files.tokenReads == 2)
    }

    @Test("Both keys are good during a rotation, and a withdrawn key is refused however the server learns of it")
    func rotation() async throws {
        for isTold in [true, false] {
            let bench = try await Self.bench()
            let new = SigningKey()
            let old = try await bench.logIn()
            bench.files.change { $0.published.insert(new.publicKey, at: 0) }
            try bench.keys.reload()
            bench.files.change { $0.signing = new }
            try bench.keys.reload()
            let next = try await bench.logIn()
            #expect(old.prefix { $0 != "." } != next.prefix { $0 != "." })
            for token in [old, next] { #expect(try await Self.whoAmI(bench, token) == Self.alice) }
            #expect(try await bench.answer("JWKS").body == JWKS.document([new.publicKey, bench.key.publicKey]))
            bench.files.change { $0.published = [new.publicKey] }
            #expect(try await Self.whoAmI(bench, old) == Self.alice)
            bench.clock.advance(1)
            if isTold {
                try bench.keys.reload()
            } else {
                #expect(try await Self.whoAmI(bench, try Self.token(bench, by: SigningKey())) == Self.ended)
            }
            #expect(try await Self.whoAmI(bench, old) == Self.ended)
            #expect(try await Self.whoAmI(bench, next) == Self.alice)
        }
    }

    @Test("A server without a signing key issues no tokens, and logs the failure")
    func noSigner() async throws {
        let bench = try await Self.bench()
        bench.files.change { $0.signing = nil }
        try bench.keys.reload()
        #expect(try await bench.answer("LOGIN alice \"correct horse\"").reply.code == 451)
        #expect(try await bench.answer("CHALLENGE alice").reply.code == 451)
        #expect(bench.reports.count == 2)
    }
}
