import Store
import Synchronization
import Telemetry
import TestKit
import Testing
import Wire

@testable import Commands

/// The throttles of two auth servers on one database, with a clock that the test moves.
private struct Guessing: Sendable {
    let servers: TwoServers
    let clock = TestClock()
    let metrics = PrometheusRegistry([.throttledLogIns])
    private let throttles: [LogInThrottle]

    static func run(
        on engine: Engine, _ policy: LogInThrottle.Policy = LogInThrottle.Policy(),
        _ body: (Guessing) async throws -> Void
    ) async throws {
        let servers = try await TwoServers(on: engine)
        try await body(Guessing(servers, policy))
        try await servers.close()
    }

    private init(_ servers: TwoServers, _ policy: LogInThrottle.Policy) {
        self.servers = servers
        var values = SitePolicy.Values()
        values.throttle = policy
        let (site, clock, metrics) = (SitePolicy(values), clock, metrics)
        let stores: [Store] = [servers.store, servers.second]
        throttles = stores.map { store in
            LogInThrottle(policy: site, store: store, now: { clock.now }, pause: { _ in }, metrics: metrics)
        }
    }

    /// The outcome of a log-in.
    enum Outcome: Equatable {
        case right, wrong, throttled, networkThrottled
    }

    /// Tries to log in at a server. `attempt` checks the password.
    func logIn(
        _ name: String, from peer: String, at server: Int = 0, isRight: Bool = false,
        _ attempt: @Sendable () async -> Void = {}
    ) async throws -> Outcome {
        let account = try #require(AccountName(name))
        do {
            let value: Bool? = try await throttles[server].check(account, from: .at(peer)) {
                await attempt()
                return isRight ? true : nil
            }
            return value == nil ? .wrong : .right
        } catch let failure as Failure where failure == .throttled {
            return .throttled
        } catch let failure as Failure where failure == .throttledNetwork {
            return .networkThrottled
        }
    }
}

@Suite("Guessing of passwords", .timeLimit(.minutes(5)))
struct GuessingTests {
    private static func policy(network: Int) -> LogInThrottle.Policy {
        var policy = LogInThrottle.Policy()
        policy.networkLimit = network
        return policy
    }

    @Test(
        "The wrong log-ins of one host are limited for all accounts and all servers together",
        arguments: Engine.allCases,
        [
            ("192.0.2.1:1", "192.0.2.1:2", "192.0.2.2:1"), ("[::ffff:192.0.2.1]:1", "192.0.2.1:2", "192.0.2.9:1"),
            ("[2001:db8:1:1::1]:1", "[2001:db8:1:1:ffff::]:2", "[2001:db8:1:2::1]:1"),
            ("local", "local", "127.0.0.1:1"),
        ])
    func spraying(_ engine: Engine, _ peers: (host: String, same: String, other: String)) async throws {
        try await Guessing.run(on: engine, Self.policy(network: 5)) { (guessing: Guessing) async throws in
            for number in 0..<5 {
                let outcome = try await guessing.logIn("user\(number)", from: peers.host, at: number % 2)
                #expect(outcome == .wrong)
            }
            for server in 0...1 {
                for name in ["user9", "user1"] {
                    let outcome = try await guessing.logIn(name, from: peers.same, at: server, isRight: true) {
                        Issue.record("the password was looked at")
                    }
                    #expect(outcome == .networkThrottled)
                }
            }
            #expect(try await guessing.logIn("user9", from: peers.other, isRight: true) == .right)
            let text = await guessing.metrics.exposition()
            #expect(text.contains("\nclaverod_throttled_total{count=\"network\"} 4\n"), "\(text)")
            guessing.clock.advance(900)
            #expect(try await guessing.logIn("user9", from: peers.host, isRight: true) == .networkThrottled)
            guessing.clock.advance(1)
            #expect(try await guessing.logIn("user9", from: peers.host, isRight: true) == .right)
        }
    }

    @Test(
        "A block of addresses gets eight times the wrong log-ins of one host", arguments: Engine.allCases,
        [("192.0.2.", ":1", "192.0.3.1:1"), ("[2001:db8:1:", "::1]:1", "[2001:db8:2::1]:1")])
    func block(_ engine: Engine, _ peers: (front: String, back: String, other: String)) async throws {
        try await Guessing.run(on: engine, Self.policy(network: 2)) { (guessing: Guessing) async throws in
            for number in 0..<16 {
                let peer = "\(peers.front)\(number + 1)\(peers.back)"
                #expect(try await guessing.logIn("user\(number)", from: peer) == .wrong)
            }
            let last = "\(peers.front)99\(peers.back)"
            #expect(try await guessing.logIn("user99", from: last, isRight: true) == .networkThrottled)
            #expect(try await guessing.logIn("user99", from: peers.other, isRight: true) == .right)
        }
    }

    @Test("A right log-in does not reset the count of a network", arguments: Engine.allCases)
    func ownAccount(_ engine: Engine) async throws {
        try await Guessing.run(on: engine, Self.policy(network: 4)) { (guessing: Guessing) async throws in
            for number in 0..<4 {
                #expect(try await guessing.logIn("user\(number)", from: "192.0.2.1:1") == .wrong)
                guard number < 3 else { break }
                #expect(try await guessing.logIn("mallory", from: "192.0.2.1:1", isRight: true) == .right)
            }
            #expect(try await guessing.logIn("mallory", from: "192.0.2.1:1", isRight: true) == .networkThrottled)
        }
    }

    private final class Attempts: Sendable {
        private let counts = Mutex((running: 0, most: 0, all: 0))
        var most: Int { counts.withLock { $0.most } }
        var all: Int { counts.withLock { $0.all } }

        func attempt() async {
            counts.withLock { counts in
                counts.running += 1
                counts.all += 1
                counts.most = max(counts.most, counts.running)
            }
            for _ in 0..<100 { await Task.yield() }
            counts.withLock { $0.running -= 1 }
        }
    }

    @Test("Simultaneous guesses get no more tries than successive ones", arguments: Engine.allCases)
    func burst(_ engine: Engine) async throws {
        try await Guessing.run(on: engine) { (guessing: Guessing) async throws in
            let attempts = Attempts()
            let outcomes = try await withThrowingTaskGroup(of: Guessing.Outcome.self) { group in
                for port in 0..<300 {
                    group.addTask {
                        try await guessing.logIn("alice", from: "192.0.2.1:\(port)") { await attempts.attempt() }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect((3...10).contains(attempts.all) && attempts.most <= 3, "\(attempts.all), \(attempts.most) at once")
            #expect(outcomes.count { $0 == .wrong } == attempts.all)
            #expect(outcomes.count { $0 == .throttled } == 300 - attempts.all)
            let stored = try await guessing.servers.store.logInFailures(of: "alice", from: "192.0.2.0/24")
            #expect(stored?.count == attempts.all)
        }
    }

    @Test("Simultaneous guesses at two servers get at most three more tries")
    func burstAtTwo() async throws {
        try await Guessing.run(on: .sqlite) { (guessing: Guessing) async throws in
            let attempts = Attempts()
            try await withThrowingTaskGroup { group in
                for port in 0..<300 {
                    group.addTask {
                        _ = try await guessing.logIn("alice", from: "192.0.2.1:\(port)", at: port % 2) {
                            await attempts.attempt()
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(attempts.all <= 13, "\(attempts.all)")
        }
    }

    @Test("A count from the future is ignored, unless the other server's clock is only a little ahead")
    func clockSetBack() async throws {
        for engine in Engine.allCases {
            try await Guessing.run(on: engine, Self.policy(network: 10)) { (guessing: Guessing) async throws in
                for ahead in [864_000, 3600, 61] {
                    guessing.clock.advance(ahead)
                    for _ in 0..<10 { #expect(try await guessing.logIn("alice", from: "192.0.2.1:1") == .wrong) }
                    #expect(try await guessing.logIn("alice", from: "192.0.2.1:1", isRight: true) == .throttled)
                    guessing.clock.advance(-ahead)
                    #expect(try await guessing.logIn("alice", from: "192.0.2.1:1") == .wrong)
                    #expect(try await guessing.logIn("alice", from: "192.0.2.1:1", isRight: true) == .right)
                    guessing.clock.advance(2000)
                }
                guessing.clock.advance(60)
                for _ in 0..<10 { #expect(try await guessing.logIn("alice", from: "192.0.2.1:1") == .wrong) }
                guessing.clock.advance(-60)
                #expect(try await guessing.logIn("alice", from: "192.0.2.1:1", isRight: true) == .throttled)
            }
        }
    }

    @Test("An unlocked account may log in for a while, and an unlocked network may log in at once", arguments: [0, 1])
    func unlock(_ server: Int) async throws {
        for engine in Engine.allCases {
            try await Guessing.run(on: engine, Self.policy(network: 1)) { (guessing: Guessing) async throws in
                let (store, peer) = (guessing.servers.second, "192.0.2.1:1")
                #expect(try await guessing.logIn("bob", from: peer) == .wrong)
                let now = Int64(guessing.clock.now)
                #expect(try await !store.unlockLogIns(of: "alice", at: now))
                #expect(try await guessing.logIn("alice", from: peer, at: server, isRight: true) == .right)
                #expect(try await guessing.logIn("bob", from: peer, at: server, isRight: true) == .networkThrottled)
                #expect(try await store.unlockLogIns(of: "bob", at: now))
                // The count of the account and its network still applies.
                for _ in 0..<10 { #expect(try await guessing.logIn("alice", from: peer, at: server) == .wrong) }
                #expect(try await guessing.logIn("alice", from: peer, at: server, isRight: true) == .throttled)
                #expect(try await store.clearLogInFailures(ofNetworks: ["192.0.2.1/32", "192.0.2.0/24"]))
                #expect(try await guessing.logIn("carol", from: peer, at: server, isRight: true) == .right)
                guessing.clock.advance(901)
                #expect(try await guessing.logIn("carol", from: peer, at: server) == .wrong)
                #expect(try await guessing.logIn("bob", from: peer, at: server, isRight: true) == .networkThrottled)
            }
        }
    }

    @Test("Settings of any size neither crash the server nor shorten a pause")
    func extremes() async throws {
        var policy = LogInThrottle.Policy()
        let pauses = [1, 1, 1, 1, 2, 4, 8, 8, 8].map { Duration.seconds($0) }
        #expect((0...8).map { policy.pause(after: $0) } == pauses)
        for wrong in [63, 64, 65, 66, 67, 127, 128, 1000, Int.max] {
            #expect(policy.pause(after: wrong) == .seconds(8), "\(wrong)")
        }
        for extreme in [1, 2, Int.max / 8, Int.max] {
            (policy.limit, policy.networkLimit, policy.window) = (extreme, extreme, extreme)
            try await Guessing.run(on: .sqlite, policy) { (guessing: Guessing) async throws in
                for _ in 0..<2 { _ = try await guessing.logIn("alice", from: "192.0.2.1:1") }
                #expect(try await guessing.logIn("bob", from: "198.51.100.1:1", isRight: true) == .right)
            }
        }
    }
}
