import Seal
import Signing
import Store
import Telemetry
import TestKit
import Testing
import Wire

@testable import Commands

/// These tests guard against faults like Vault #2705, #14415, #5746 and #24046, where something grew without bound.
@Suite("Bounds")
struct BoundsTests {
    private static func key() throws -> String {
        try SSHPublicKey(raw: SigningKey().publicKey.raw, comment: "").line
    }

    /// Small numbers of places for used challenges: two for a session, three for an account, and five in all.
    private static let places = {
        var places = Challenges.Limits()
        (places.session, places.account, places.all) = (2, 3, 5)
        return places
    }()

    /// Issues, checks and uses a challenge, as a log-in by key does.
    private static func use(_ challenges: Challenges, _ name: String, lane: Lane) throws -> Challenge {
        let caller = Caller(lane: lane, peer: "test", token: nil)
        let account = try #require(AccountName(name))
        let (challenge, _) = try challenges.check(try challenges.issue(to: account, caller), caller)
        try challenges.use(challenge, caller)
        return challenge
    }

    @Test(
        "Used challenges are bounded for a session, an account and in all, and only the one at its bound is refused"
    )
    func challenges() async throws {
        let bench = try Bench()
        let metrics = PrometheusRegistry([.challengeRefusals])
        let challenges = Challenges(keys: bench.keys, limits: Self.places, metrics: metrics) { bench.clock.now }
        for _ in 0..<2 { _ = try Self.use(challenges, "alice", lane: 1) }
        #expect(throws: Failure.tooManyKeyLogIns) { try Self.use(challenges, "alice", lane: 1) }
        #expect(throws: Failure.tooManyKeyLogIns) { try Self.use(challenges, "bob", lane: 1) }
        _ = try Self.use(challenges, "alice", lane: 2)
        #expect(throws: Failure.tooManyKeyLogIns) { try Self.use(challenges, "alice", lane: 3) }
        for lane in [4, 5] as [Lane] { _ = try Self.use(challenges, "bob", lane: lane) }
        #expect(throws: Failure.serverBusy) { try Self.use(challenges, "carol", lane: 6) }
        let text = await metrics.exposition()
        for (bound, count) in [("session", 2), ("account", 1), ("all", 1)] {
            #expect(text.contains("\nclaverod_challenge_refusals_total{bound=\"\(bound)\"} \(count)\n"))
        }
        bench.clock.advance(240)
        for _ in 0..<2 { _ = try Self.use(challenges, "alice", lane: 1) }
    }

    @Test("A challenge can be used once during its lifetime, and challenges that are only issued take no place")
    func usedOnce() throws {
        let bench = try Bench()
        let challenges = Challenges(keys: bench.keys, limits: Self.places) { bench.clock.now }
        let caller = Caller(lane: 1, peer: "test", token: nil)
        let alice = try #require(AccountName("alice"))
        for _ in 0..<10 { _ = try challenges.check(try challenges.issue(to: alice, caller), caller) }
        let text = try challenges.issue(to: alice, caller)
        let (challenge, _) = try challenges.check(text, caller)
        try challenges.use(challenge, caller)
        for _ in 0..<120 {
            #expect(throws: Failure.challengeOver) { try challenges.use(challenge, caller) }
            #expect(throws: Failure.challengeOver) { try challenges.check(text, caller) }
            bench.clock.advance(1)
        }
    }

    @Test("A challenge that was issued while the clock was wrong is void, and does not block others")
    func clockSetBack() throws {
        let bench = try Bench()
        let challenges = Challenges(keys: bench.keys, limits: Self.places) { bench.clock.now }
        let caller = Caller(lane: 1, peer: "test", token: nil)
        let alice = try #require(AccountName("alice"))
        bench.clock.advance(864_000)
        let ahead = try challenges.issue(to: alice, caller)
        for _ in 0..<2 { _ = try Self.use(challenges, "alice", lane: 1) }
        bench.clock.advance(-864_000)
        #expect(throws: Failure.challengeOver) { try challenges.check(ahead, caller) }
        #expect(throws: Failure.tooManyKeyLogIns) { try Self.use(challenges, "alice", lane: 1) }
        bench.clock.advance(120)
        for _ in 0..<2 { _ = try Self.use(challenges, "alice", lane: 1) }
    }

    @Test("The number of remembered tokens is bounded")
    func tokens() async throws {
        let bench = try Bench()
        let identities = Identities(keys: bench.keys, accounts: AccountCache(bench.store), maximumChecked: 3) {
            bench.clock.now
        }
        for number in 1...10 {
            let token = try bench.keys.issue(to: AccountName("alice")!, epoch: 0, lifetime: 10)
            for _ in 0..<2 { #expect(try identities.bearer(of: token).claims.sub == "alice") }
            #expect(identities.remembered == (number - 1) % 3 + 1)
        }
        // Invalid tokens are not remembered.
        let others = Identities(keys: bench.keys, accounts: AccountCache(bench.store)) { bench.clock.now }
        for _ in 0..<10 {
            let forged = try TokenSigner(key: SigningKey(), issuer: "test", audience: "test")
                .issue(subject: "alice", epoch: 0, now: bench.clock.now, lifetime: 10)
            #expect(throws: TokenError.unknownKey) { try others.bearer(of: forged) }
        }
        #expect(others.remembered == 0)
    }

    @Test("The number of an account's keys is bounded, even if many are added at the same time")
    func keys() async throws {
        let bench = try Bench()
        #expect(try await bench.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        let token = try await bench.logIn()
        let codes = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 {
                let key = try Self.key()
                group.addTask { try await bench.answer("ADDKEY \(key)", token: token).reply.code }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.filter { $0 == 250 }.count == 16)
        #expect(codes.filter { $0 == 550 }.count == 4)
        #expect(try await bench.answer("LISTKEYS", token: token).reply.lines.count == 16)
        let more = try await bench.answer("ADDKEY \(try Self.key())", token: token)
        #expect(more.line == "550 5.3.4 An account has at most 16 keys")
    }

    @Test("The number of accounts on a page is bounded", arguments: [0, 1, 99, 100, 101, 200, 201])
    func accounts(_ count: Int) async throws {
        let bench = try Bench()
        let names = (0..<count).map { "user\(1000 + $0)" }
        for name in names.reversed() { try await bench.store.add(NewAccount(name: name, keys: [], created: 0)) }
        var seen: [String] = []
        var next = "ACCOUNTS"
        while true {
            var lines = try await bench.answer(next).reply.lines
            let last = lines.removeLast()
            #expect(lines.count <= 100)
            seen += lines
            guard last != "No more accounts" else { break }
            #expect(last.hasSuffix(" continues the list") && lines.count == 100)
            next = String(last.dropLast(" continues the list".count))
        }
        #expect(seen == names.map { "\($0) active 1970-01-01T00:00:00Z" })
    }

    @Test("An invitation is good for one sign-up, and expired invitations are removed by the next INVITE")
    func invitations() async throws {
        var setup = Bench.Setup()
        setup.policy.signUp = .invited
        let bench = try Bench(setup)
        let bad = "550 5.7.1 The invitation is invalid, was used or has expired"
        let old = try await bench.answer("INVITE DAYS=1").body
        let code = try await bench.answer("INVITE").body
        #expect(try await bench.rows(of: "invitations") == 2)
        bench.clock.advance(86_400)
        #expect(try await bench.answer("SIGNUP INVITE=\(old) alice \"correct horse\"").line == bad)
        #expect(try await bench.answer("SIGNUP INVITE=\(code)x alice \"correct horse\"").line == bad)
        #expect(try await bench.answer("SIGNUP INVITE=\(code) alice short").reply.code == 550)
        let codes = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<8 {
                group.addTask {
                    try await bench.answer("SIGNUP INVITE=\(code) user\(number) \"correct horse\"").reply.code
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.sorted() == [250] + Array(repeating: 550, count: 7))
        #expect(try await bench.rows(of: "accounts") == 1)
        _ = try await bench.answer("INVITE")
        #expect(try await bench.rows(of: "invitations") == 1)
    }

    @Test("A wrong invitation costs no hash")
    func wrongInvitation() async throws {
        var setup = Bench.Setup()
        (setup.policy.signUp, setup.waiting) = (.invited, 0)
        let bench = try Bench(setup)
        let code = try await bench.answer("INVITE").body
        let wrong = try await bench.answer("SIGNUP INVITE=\(code)x alice \"correct horse\"")
        #expect(wrong.line == "550 5.7.1 The invitation is invalid, was used or has expired")
        let good = try await bench.answer("SIGNUP INVITE=\(code) alice \"correct horse\"")
        #expect(good.line == "450 4.3.2 Too many passwords to check at once; try again")
    }

    @Test(
        "The number of days of an invitation is bounded",
        arguments: ["0", "366", "-1", "x", "1.5", "99999999999999999999", "\"\""])
    func days(_ days: String) async throws {
        let bench = try Bench()
        #expect(try await bench.answer("INVITE DAYS=\(days)").line == "501 5.5.4 DAYS must be a number from 1 to 365")
        #expect(try await bench.rows(of: "invitations") == 0)
    }
}
