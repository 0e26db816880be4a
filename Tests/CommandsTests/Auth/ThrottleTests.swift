import Commands
import Seal
import Store
import Synchronization
import TestKit
import Testing
import Wire

@Suite("Wrong log-ins", .timeLimit(.minutes(5)))
struct ThrottleTests {
    private static let wrong = "535 5.7.8 Wrong name or password"
    private static let throttled = "450 4.7.0 Too many wrong log-ins from your network; try again later"
    private static let right = "235 2.7.0 Logged in as alice"

    private static func bench(beside other: Bench? = nil, _ setup: Bench.Setup = Bench.Setup()) async throws -> Bench {
        let bench = try Bench(beside: other, setup)
        if other == nil { #expect(try await bench.answer("SIGNUP alice \"correct horse\"").reply.code == 250) }
        return bench
    }

    private static func guess(_ bench: Bench, _ name: String = "alice", peer: String = "192.0.2.1:1") async throws
        -> String
    {
        try await bench.answer("LOGIN \(name) \"wrong horse\"", peer: peer).line
    }

    private static func logIn(_ bench: Bench, peer: String) async throws -> String {
        try await bench.answer("LOGIN alice \"correct horse\"", peer: peer).line
    }

    private final class Pauses: Sendable {
        let all = Mutex<[Duration]>([])
    }

    @Test("After three wrong log-ins without a pause, the pauses are 1, 2, 4, 8 and again 8 seconds")
    func pauses() async throws {
        let pauses = Pauses()
        var setup = Bench.Setup()
        setup.pause = { duration in pauses.all.withLock { $0.append(duration) } }
        let bench = try await Self.bench(setup)
        for name in ["alice", "nobody"] {
            for _ in 0..<10 { #expect(try await Self.guess(bench, name) == Self.wrong) }
            let expected = [1, 2, 4, 8, 8, 8, 8].map { Duration.seconds($0) }
            #expect(
                pauses.all.withLock { all in
                    defer { all = [] }
                    return all
                } == expected, "\(name)")
            for _ in 0..<2 { #expect(try await Self.guess(bench, name) == Self.throttled) }
            #expect(pauses.all.withLock { $0 } == [])
        }
    }

    /// The test guards against a fault like CVE-2025-6004.
    @Test("Wrong log-ins are counted for the name in any spelling")
    func spelling() async throws {
        let bench = try await Self.bench()
        let peer = "192.0.2.1:1"
        for _ in 0..<2 {
            for name in ["alice", "ALICE", "\"Alice\"", "\"al\\ice\""] {
                #expect(try await Self.guess(bench, name) == Self.wrong, "\(name)")
            }
            let literal = try await bench.answer("LOGIN ", literal: "aLICE", " \"wrong horse\"", peer: peer)
            #expect(literal.line == Self.wrong)
        }
        for name in ["alice", "ALICE", "\"alicE\""] { #expect(try await Self.guess(bench, name) == Self.throttled) }
        let literal = try await bench.answer("LOGIN ", literal: "ALICE", " \"correct horse\"", peer: peer)
        #expect(literal.line == Self.throttled)
    }

    @Test(
        "Wrong log-ins lock the account for the same network, and for no other network",
        arguments: [
            ("192.0.2.1:1", "192.0.2.254:9", "198.51.100.1:1"), ("192.0.2.1:1", "[::ffff:192.0.2.7]:1", "192.0.3.1:1"),
            ("[2001:db8:0:1::1]:1", "[2001:db8:0:1:ffff::]:2", "[2001:db8:0:2::1]:1"),
        ])
    func networks(_ attacker: String, _ neighbour: String, _ owner: String) async throws {
        let bench = try await Self.bench()
        for _ in 0..<10 { #expect(try await Self.guess(bench, peer: attacker) == Self.wrong) }
        #expect(try await Self.guess(bench, peer: attacker) == Self.throttled)
        #expect(try await Self.logIn(bench, peer: neighbour) == Self.throttled)
        #expect(try await Self.logIn(bench, peer: owner) == Self.right)
        // The owner's log-in does not end the lock of the other network. Trying constantly does not make the lock
        // last longer.
        #expect(try await Self.logIn(bench, peer: attacker) == Self.throttled)
        bench.clock.advance(900)
        #expect(try await Self.logIn(bench, peer: attacker) == Self.throttled)
        bench.clock.advance(1)
        #expect(try await Self.logIn(bench, peer: attacker) == Self.right)
    }

    @Test("Two servers share the count of wrong log-ins, and UNLOCK works for both")
    func twoServers() async throws {
        let first = try await Self.bench()
        let second = try await Self.bench(beside: first)
        for _ in 0..<5 {
            #expect(try await Self.guess(first) == Self.wrong)
            #expect(try await Self.guess(second) == Self.wrong)
        }
        #expect(try await Self.guess(first) == Self.throttled)
        #expect(try await Self.guess(second) == Self.throttled)
        #expect(try await second.answer("UNLOCK alice").line == "250 2.0.0 alice may try again at once")
        #expect(try await Self.logIn(first, peer: "192.0.2.1:1") == Self.right)
    }

    @Test("A right log-in forgets the wrong ones, and writes nothing if there were none")
    func plainSuccess() async throws {
        let bench = try await Self.bench()
        let driver = try #require(bench.store.driver as? SQLiteDriver)
        let before = driver.commits
        for _ in 0..<3 { #expect(try await Self.logIn(bench, peer: "192.0.2.1:1") == Self.right) }
        #expect(driver.commits == before)
        for _ in 0..<9 { #expect(try await Self.guess(bench) == Self.wrong) }
        #expect(try await Self.logIn(bench, peer: "192.0.2.1:1") == Self.right)
        for _ in 0..<10 { #expect(try await Self.guess(bench) == Self.wrong) }
        #expect(try await Self.guess(bench) == Self.throttled)
    }

    /// A pause that lasts until the test ends it.
    private final class Barrier: Sendable {
        let (entered, entering) = AsyncStream.makeStream(of: Void.self)
        let (opened, opening) = AsyncStream.makeStream(of: Void.self)

        func pause() async {
            entering.yield()
            for await _ in opened { break }
        }
    }

    @Test("While a name must wait, its tries run one at a time, and other names are not refused")
    func oneAtATime() async throws {
        let barrier = Barrier()
        var setup = Bench.Setup()
        setup.pause = { _ in await barrier.pause() }
        let bench = try await Self.bench(setup)
        for _ in 0..<3 { #expect(try await Self.guess(bench) == Self.wrong) }
        async let waiting = Self.logIn(bench, peer: "192.0.2.1:1")
        for await _ in barrier.entered { break }
        #expect(try await Self.logIn(bench, peer: "192.0.2.2:2") == Self.throttled)
        #expect(try await Self.guess(bench) == Self.throttled)
        #expect(try await Self.logIn(bench, peer: "198.51.100.1:1") == Self.right)
        #expect(try await Self.guess(bench, "nobody") == Self.wrong)
        barrier.opening.yield()
        #expect(try await waiting == Self.right)
        #expect(try await Self.logIn(bench, peer: "192.0.2.2:2") == Self.right)
    }

    @Test("Simultaneous right log-ins all succeed, a few at a time")
    func together() async throws {
        let bench = try await Self.bench()
        let lines = try await withThrowingTaskGroup(of: String.self) { group in
            for port in 1...50 { group.addTask { try await Self.logIn(bench, peer: "192.0.2.1:\(port)") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(lines == Array(repeating: Self.right, count: 50))
    }

    @Test("Tries that could not run are not counted")
    func full() async throws {
        var setup = Bench.Setup()
        setup.waiting = 0
        let first = try await Self.bench()
        let full = try await Self.bench(beside: first, setup)
        for _ in 0..<20 {
            #expect(try await Self.guess(full) == "450 4.3.2 Too many passwords to check at once; try again")
        }
        #expect(try await first.store.logInFailures(of: "alice", from: "192.0.2.0/24") == nil)
    }
}
