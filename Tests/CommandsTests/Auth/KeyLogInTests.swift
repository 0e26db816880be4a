import Seal
import Signing
import Store
import TestKit
import Testing
import Wire

@testable import Commands

@Suite("Log-in with a key of ssh-keygen")
struct KeyLogInTests {
    private static let right = "235 2.7.0 Logged in as alice"
    private static let wrong = "535 5.7.8 The signature is not from a key of the account"
    private static let foreign = "535 5.7.8 This session has no such challenge; ask for one with CHALLENGE"
    private static let over = "535 5.7.8 The challenge was used or has expired; ask for another one"

    /// Makes a bench with the account alice, which has a key and no password.
    private static func bench(_ key: SSHKey, _ setup: Bench.Setup = Bench.Setup()) async throws -> Bench {
        let bench = try Bench(setup)
        let answer = try await bench.answer("SIGNUP KEY=\"\(key.line)\" alice")
        #expect(answer.line == "250 2.0.0 alice signed up, key 1")
        return bench
    }

    private static func challenge(_ bench: Bench, _ name: String = "alice") async throws -> String {
        try await bench.answer("CHALLENGE \(name)").body
    }

    private static func answer(
        _ bench: Bench, _ challenge: String, _ signature: String, peer: String = "test", lane: Lane = 1
    ) async throws -> Answer {
        try await bench.answer("LOGIN CHALLENGE=\(challenge) ", literal: signature, peer: peer, lane: lane)
    }

    @Test("The right key logs in once for each challenge, and writes nothing")
    func once() async throws {
        let key = try await SSHKey()
        let bench = try await Self.bench(key)
        let driver = try #require(bench.store.driver as? SQLiteDriver)
        let commits = driver.commits
        let challenge = try await Self.challenge(bench, "ALICE")
        let signature = try await key.sign(challenge)
        let answer = try await Self.answer(bench, challenge, signature)
        #expect(answer.line == Self.right)
        guard case .token(let token) = answer.effect else { throw Mismatch("no token") }
        #expect(try await bench.answer("WHOAMI", token: token).line == "250 2.0.0 alice")
        for _ in 0..<2 { #expect(try await Self.answer(bench, challenge, signature).line == Self.over) }
        #expect(driver.commits == commits)
    }

    @Test("If many sessions send the same answer at the same time, one of them logs in")
    func race() async throws {
        let key = try await SSHKey()
        let bench = try await Self.bench(key)
        let challenge = try await Self.challenge(bench)
        let signature = try await key.sign(challenge)
        let lines = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { try await Self.answer(bench, challenge, signature).line } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(lines.sorted() == [Self.right] + Array(repeating: Self.over, count: 19))
    }

    @Test("A wrong namespace, key or text does not log in, and the owner can still use the challenge")
    func wrong() async throws {
        let (key, other) = (try await SSHKey(), try await SSHKey())
        let bench = try await Self.bench(key)
        let challenge = try await Self.challenge(bench)
        let another = try await Self.challenge(bench)
        let signatures = [
            try await key.sign(challenge, namespace: "file"), try await other.sign(challenge),
            try await key.sign(another), try await key.sign(challenge + "\n"),
        ]
        for signature in signatures { #expect(try await Self.answer(bench, challenge, signature).line == Self.wrong) }
        // The replies must not tell which accounts exist, or which key belongs to which account.
        let unknown = try await Self.challenge(bench, "nobody")
        #expect(try await Self.answer(bench, unknown, try await key.sign(unknown)).line == Self.wrong)
        #expect(try await Self.answer(bench, challenge, try await key.sign(challenge)).line == Self.right)
    }

    @Test("A challenge that is expired, or of another session, name, site or dropped key, does not log in")
    func foreign() async throws {
        let key = try await SSHKey()
        let bench = try await Self.bench(key)
        let challenge = try await Self.challenge(bench)
        let signature = try await key.sign(challenge)
        #expect(try await Self.answer(bench, challenge, signature, lane: 2).line == Self.foreign)
        #expect(try await Self.answer(bench, challenge, signature, peer: "test2").line == Self.foreign)
        let site = try ChallengeSigner(key: bench.key.seed, server: "other")
            .issue(account: "alice", session: "test/1", now: bench.clock.now)
        #expect(try await Self.answer(bench, site, try await key.sign(site)).line == Self.foreign)
        let forged = try ChallengeSigner(key: SigningKey().seed, server: "test")
            .issue(account: "alice", session: "test/1", now: bench.clock.now)
        #expect(try await Self.answer(bench, forged, try await key.sign(forged)).line == Self.foreign)
        bench.clock.advance(119)
        let late = try await Self.challenge(bench)
        bench.clock.advance(1)
        #expect(try await Self.answer(bench, challenge, signature).line == Self.over)
        let new = SigningKey()
        bench.files.change { ($0.signing, $0.published) = (new, [new.publicKey, bench.key.publicKey]) }
        try bench.keys.reload()
        #expect(try await Self.answer(bench, late, try await key.sign(late)).line == Self.foreign)
        let next = try await Self.challenge(bench)
        #expect(try await Self.answer(bench, next, try await key.sign(next)).line == Self.right)
    }

    @Test("A dropped key does not log in, and another key still does after many wrong tries")
    func dropped() async throws {
        let (key, other) = (try await SSHKey(), try await SSHKey(comment: ""))
        let bench = try await Self.bench(key)
        let first = try await Self.challenge(bench)
        guard case .token(let token) = try await Self.answer(bench, first, try await key.sign(first)).effect else {
            throw Mismatch("no token")
        }
        let fingerprint = try await key.fingerprint()
        let added = try await bench.answer("ADDKEY ", literal: other.line + "\n", token: token)
        #expect(added.line == "250 2.0.0 \(try await other.fingerprint()) can log in as alice")
        let challenge = try await Self.challenge(bench)
        let signature = try await key.sign(challenge)
        for _ in 0..<20 {
            #expect(try await Self.answer(bench, challenge, try await other.sign("x")).line == Self.wrong)
        }
        let dropped = try await bench.answer("DROPKEY \(fingerprint)", token: token)
        #expect(dropped.line == "250 2.0.0 \(fingerprint) can no longer log in")
        #expect(try await Self.answer(bench, challenge, signature).line == Self.wrong)
        #expect(try await Self.answer(bench, challenge, try await other.sign(challenge)).line == Self.right)
    }

    @Test("A key of a disabled or forgotten account does not log in")
    func states() async throws {
        let key = try await SSHKey()
        let bench = try await Self.bench(key)
        #expect(try await bench.answer("DISABLE alice").reply.code == 250)
        let challenge = try await Self.challenge(bench)
        let signature = try await key.sign(challenge)
        let disabled = "550 5.7.13 The account is disabled; ask the operator"
        #expect(try await Self.answer(bench, challenge, signature).line == disabled)
        let other = try await Self.challenge(bench)
        #expect(try await Self.answer(bench, other, try await SSHKey().sign(other)).line == Self.wrong)
        #expect(try await bench.answer("ENABLE alice").reply.code == 250)
        #expect(try await Self.answer(bench, other, try await key.sign(other)).line == Self.right)
        #expect(try await bench.answer("FORGET alice alice").reply.code == 250)
        let last = try await Self.challenge(bench)
        #expect(try await Self.answer(bench, last, try await key.sign(last)).line == Self.wrong)
    }

    @Test("An account with only a key can get a password, and its session continues")
    func password() async throws {
        let key = try await SSHKey()
        let bench = try await Self.bench(key)
        let challenge = try await Self.challenge(bench)
        let logIn = try await Self.answer(bench, challenge, try await key.sign(challenge))
        guard case .token(let token) = logIn.effect else { throw Mismatch("no token") }
        #expect(try await bench.answer("LOGIN alice \"\"").line == "535 5.7.8 Wrong name or password")
        let guess = try await bench.answer("PASSWD \"x\" \"battery staple\"", token: token)
        #expect(guess.line == "535 5.7.8 Wrong password")
        let answer = try await bench.answer("PASSWD \"\" \"battery staple\"", token: token)
        #expect(answer.line == "250 2.0.0 Password changed; every other session is logged out")
        guard case .token(let new) = answer.effect else { throw Mismatch("no token") }
        #expect(try await bench.answer("WHOAMI", token: new).line == "250 2.0.0 alice")
        #expect(try await bench.answer("WHOAMI", token: token).reply.code == 530)
        _ = try await bench.logIn("alice", "battery staple")
        let next = try await Self.challenge(bench)
        #expect(try await Self.answer(bench, next, try await key.sign(next)).line == Self.right)
    }
}
