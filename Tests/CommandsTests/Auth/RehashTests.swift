import Commands
import Seal
import Store
import TestKit
import Testing
import Wire

@Suite("The cost of a password")
struct RehashTests {
    private static let higher = PasswordCost("3,2,2")!

    /// Makes a server whose passwords have a low cost, with the account alice, and one whose cost is higher.
    private static func benches(
        waiting: Int = 64, wrapping wrap: (any StoreDriver) -> any StoreDriver = { $0 }
    ) async throws -> (cheap: Bench, dear: Bench) {
        let cheap = try Bench()
        #expect(try await cheap.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        var setup = Bench.Setup()
        (setup.cost, setup.waiting) = (higher, waiting)
        return (cheap, try Bench(beside: cheap, setup, wrapping: wrap))
    }

    private static func account(_ bench: Bench) async throws -> Account {
        try #require(try await bench.store.account(named: "alice"))
    }

    private static func cost(_ bench: Bench) async throws -> PasswordCost? {
        PasswordHash.cost(of: try #require(try await account(bench).password))
    }

    @Test("A log-in raises the cost of a password without ending a token, and never lowers it")
    func raised() async throws {
        let (cheap, dear) = try await Self.benches()
        let token = try await cheap.logIn()
        #expect(try await Self.cost(cheap) == Site.cheap)
        _ = try? await dear.logIn("alice", "wrong horse")
        #expect(try await Self.cost(cheap) == Site.cheap)
        let new = try await dear.logIn()
        #expect(try await Self.cost(cheap) == Self.higher)
        #expect(try await Self.account(cheap).epoch == 0)
        for bench in [cheap, dear] {
            for token in [token, new] { #expect(try await bench.answer("WHOAMI", token: token).reply.code == 250) }
        }
        let stored = try await Self.account(cheap).password
        let driver = try #require(cheap.store.driver as? SQLiteDriver)
        let commits = driver.commits
        _ = try await cheap.logIn()
        _ = try await dear.logIn()
        #expect(try await Self.account(cheap).password == stored && driver.commits == commits)
        #expect(try await dear.answer("LOGIN alice \"wrong horse\"").reply.code == 535)
    }

    @Test("A log-in succeeds even if a failing store cannot save the new cost")
    func failingStore() async throws {
        let (cheap, dear) = try await Self.benches(wrapping: { FaultyDriver($0, tellsMark: false) })
        let driver = try #require(dear.store.driver as? FaultyDriver)
        for error in [StoreError.full, .busy, .readOnly, .failed("x")] {
            driver.fail(.rehash, .error(error))
            _ = try await dear.logIn()
            #expect(try await Self.cost(cheap) == Site.cheap)
        }
        #expect(dear.reports == [])
        driver.work()
        _ = try await dear.logIn()
        #expect(try await Self.cost(cheap) == Self.higher)
    }

    @Test("A log-in succeeds even if a full hasher cannot raise the cost")
    func fullHasher() async throws {
        let (cheap, dear) = try await Self.benches(waiting: 1, wrapping: { FaultyDriver($0, tellsMark: false) })
        #expect(try await dear.answer("LOGIN alice \"wrong horse\"").reply.code == 535)
        let phc = try #require(try await Self.account(cheap).password)
        let (places, taken) = AsyncStream.makeStream(of: HeldPlace.self)
        let fill: @Sendable () async -> Void = { taken.yield(await HeldPlace(dear.hasher, phc)) }
        // The hasher is filled after the password was checked and before it is hashed again.
        try #require(dear.store.driver as? FaultyDriver).beforeNext(.clearLogInFailures, fill)
        let answer = try await dear.answer("LOGIN alice \"correct horse\"")
        #expect(answer.line == "235 2.7.0 Logged in as alice")
        #expect(try await Self.cost(cheap) == Site.cheap)
        for await place in places {
            #expect(try await place.letGo())
            break
        }
        #expect(dear.reports == [])
        _ = try await dear.logIn()
        #expect(try await Self.cost(cheap) == Self.higher)
    }
}
