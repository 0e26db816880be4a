import Store
import TestKit
import Testing

@testable import Commands

@Suite("Reads by the cache of accounts and keys", .timeLimit(.minutes(5)))
struct AccountReadsTests {
    @Test(
        "Sign-ups at any server leave the cache intact, and the new account is found at once",
        arguments: Engine.allCases)
    func signUps(on engine: Engine) async throws {
        let two = try await TwoServers(on: engine)
        try await two.add("alice")
        try await two.askAll()
        let key = try await two.cache.currentKey(of: "alice", .encryption)
        _ = two.driver.takeReads()
        for number in 0..<10 {
            #expect(try await two.cache.account(named: "user-\(number)") == nil)
            #expect(try await two.cache.currentKey(of: "user-\(number)", .signing) == nil)
            _ = two.driver.takeReads()
            try await two.add("user-\(number)", by: number.isMultiple(of: 2) ? two.store : two.second)
            try await two.askAll()
            #expect(two.driver.takeReads() == [])
            #expect(try await two.cache.account(named: "user-\(number)") != nil)
            #expect(try await two.cache.currentKey(of: "user-\(number)", .signing) != nil)
        }
        #expect(try await two.cache.currentKey(of: "alice", .encryption) === key)
        try await two.close()
    }

    @Test("Requests that arrive during a read share the next read", arguments: Engine.allCases)
    func together(on engine: Engine) async throws {
        let two = try await TwoServers(on: engine)
        try await two.add("alice", "bob", "carol")
        two.driver.beforeNextRead {
            try? await eventually { two.cache.waitingCount >= 5 }
        }
        let first = Task { try await two.cache.account(named: "alice") }
        try await eventually { !two.driver.isIdle }
        let accounts = ["bob", "nobody"].map { name in Task { try await two.cache.account(named: name) } }
        let keys = ["bob", "carol", "bob"].map { name in Task { try await two.cache.currentKey(of: name, .signing) } }
        #expect(try await first.value?.name == "alice")
        #expect(try await accounts[0].value?.name == "bob")
        #expect(try await accounts[1].value == nil)
        #expect(try await keys[1].value?.row.account == "carol")
        let (one, same) = (try await keys[0].value, try await keys[2].value)
        #expect(one != nil && one === same)
        let reads = two.driver.takeReads()
        #expect(reads.count == 2 && reads[0] == "accounts alice")
        // The names are read in the order of the requests.
        #expect(Set(reads[1].split { ", ".contains($0) }) == ["accounts", "bob", "nobody", "keys", "carol"])
        try await two.close()
    }
}
