import Seal
import Signing
import Store
import TestKit
import Testing
import Wire

@testable import Commands

/// A lane's last token is remembered apart from all other tokens. These tests tell remembered tokens from checked
/// ones by a second clock, which only the check uses. When that clock is set back, a token that is checked seems to
/// come from the future.
@Suite("A lane's last token")
struct LaneTokenTests {
    private let bench: Bench
    /// The clock that is used when a token is checked, and not when it is remembered.
    private let checking: TestClock
    private let keys: TokenKeys
    /// The identities under test. Apart from the lanes' tokens, they remember only one token.
    private let identities: Identities
    /// The memory of each lane.
    private let lanes = (0..<100).map { _ in LaneContext() }

    init() throws {
        let bench = try Bench()
        self.bench = bench
        let checking = TestClock()
        self.checking = checking
        keys = try TokenKeys(site: "test", now: { checking.now }, load: bench.files.tokenKeys)
        identities = Identities(keys: keys, accounts: AccountCache(bench.store), maximumChecked: 1) {
            bench.clock.now
        }
    }

    private func token(_ name: String, by key: SigningKey? = nil, lifetime: Int = 10_000) throws -> String {
        try TokenSigner(key: key ?? bench.key, issuer: "test", audience: "test")
            .issue(subject: name, epoch: 0, now: bench.clock.now, lifetime: lifetime)
    }

    /// Returns the claims of the lane's token.
    private func claims(of token: String, lane: Int) throws(TokenError) -> TokenClaims {
        let caller = Caller(
            lane: Lane(UInt64(lane)), peer: "test", token: token, privacy: .local, memory: lanes[lane])
        return try identities.bearer(of: caller)!.claims
    }

    /// Shows another token, so that the memory of all tokens contains only that one.
    private func showAnother() throws { _ = try claims(of: try token("other"), lane: 99) }

    @Test("A lane's last token is not checked again, but the same token on another lane is")
    func remembered() throws {
        let alice = try token("alice")
        #expect(try claims(of: alice, lane: 1).sub == "alice")
        try showAnother()
        checking.advance(-3600)
        #expect(try claims(of: alice, lane: 1).sub == "alice")
        #expect(throws: TokenError.notYetValid) { try claims(of: alice, lane: 2) }
    }

    @Test("Another token on the same lane is checked, and a bad one changes nothing")
    func another() throws {
        let (alice, bob) = (try token("alice"), try token("bob"))
        #expect(try claims(of: alice, lane: 1).sub == "alice")
        for forged in [try token("alice", by: SigningKey()), String(alice.dropLast()), alice + "A", ""] {
            #expect(throws: TokenError.self) { try claims(of: forged, lane: 1) }
            #expect(try claims(of: alice, lane: 1).sub == "alice")
        }
        #expect(try claims(of: bob, lane: 1).sub == "bob")
        #expect(try claims(of: alice, lane: 2).sub == "alice")
        #expect(try claims(of: bob, lane: 1).sub == "bob")
        #expect(try claims(of: alice, lane: 1).sub == "alice")
    }

    @Test("Only the last token counts, whatever the lane has shown before")
    func last() throws {
        let (alice, bob) = (try token("alice"), try token("bob"))
        for token in [alice, bob] { _ = try claims(of: token, lane: 1) }
        try showAnother()
        checking.advance(-3600)
        #expect(try claims(of: bob, lane: 1).sub == "bob")
        #expect(throws: TokenError.notYetValid) { try claims(of: alice, lane: 1) }
        #expect(try claims(of: bob, lane: 1).sub == "bob")
    }

    @Test("A token that was checked before still ends after its last second")
    func expiry() throws {
        let alice = try token("alice", lifetime: 10)
        #expect(try claims(of: alice, lane: 1).sub == "alice")
        bench.clock.advance(9)
        #expect(try claims(of: alice, lane: 1).sub == "alice")
        for clock in [bench.clock, checking] { clock.advance(10) }
        for _ in 0..<2 { #expect(throws: TokenError.expired) { try claims(of: alice, lane: 1) } }
    }

    @Test("A token is refused when the clock is set back, because it is then from the future")
    func clockSetBack() throws {
        let alice = try token("alice")
        #expect(try claims(of: alice, lane: 1).sub == "alice")
        for clock in [bench.clock, checking] { clock.advance(-60) }
        #expect(try claims(of: alice, lane: 1).sub == "alice")
        for clock in [bench.clock, checking] { clock.advance(-1) }
        for lane in [1, 1, 2] {
            #expect(throws: TokenError.notYetValid) { try claims(of: alice, lane: lane) }
        }
    }

    @Test("Withdrawing a key ends its tokens, and adding a key does not")
    func withdrawn() throws {
        let alice = try token("alice")
        #expect(try claims(of: alice, lane: 1).sub == "alice")
        let new = SigningKey()
        bench.files.change { $0.published = [new.publicKey, bench.key.publicKey] }
        try keys.reload()
        #expect(try claims(of: alice, lane: 1).sub == "alice")
        bench.files.change { $0.published = [new.publicKey] }
        try keys.reload()
        for _ in 0..<2 { #expect(throws: TokenError.unknownKey) { try claims(of: alice, lane: 1) } }
        #expect(try claims(of: try token("alice", by: new), lane: 1).sub == "alice")
    }

    @Test("Each lane has its own memory, and the next lane with the same number begins with an empty one")
    func anotherLane() throws {
        let alice = try token("alice")
        _ = try claims(of: alice, lane: 1)
        try showAnother()
        checking.advance(-3600)
        let next = Caller(lane: 1, peer: "test", token: alice, privacy: .local, memory: LaneContext())
        #expect(throws: TokenError.notYetValid) { try identities.bearer(of: next) }
        #expect(try claims(of: alice, lane: 1).sub == "alice")
    }

    @Test("The account that a lane acts for is looked up once, until the account is changed")
    func acting() async throws {
        #expect(try await bench.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        let caller = Caller(
            lane: 1, peer: "test", token: try token("alice"), privacy: .local, memory: lanes[1])
        let acting = try await identities.account(of: caller)
        var moment = try await identities.accounts.moment()
        #expect(try identities.known(caller, at: moment) === acting)
        #expect(try await bench.store.setState(.disabled, of: "alice"))
        moment = try await identities.accounts.moment()
        #expect(try identities.known(caller, at: moment) == nil)
        await #expect(throws: Failure.logInEnded) { try await identities.account(of: caller) }
    }
}
