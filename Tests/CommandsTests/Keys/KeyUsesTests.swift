import Store
import Synchronization
import TestKit
import Testing
import Wire

@testable import Commands

@Suite("Counting the uses of keys", .timeLimit(.minutes(5)))
struct KeyUsesTests {
    private static func row(_ name: String, _ version: UInt32 = 1) -> AccountKey {
        AccountKey(
            account: name, purpose: .encryption, version: version, rootID: "root-1", wrapped: Array(name.utf8),
            publicKey: nil, created: 1)
    }

    /// Returns the uses that the store has counted of the name's encryption key.
    private static func counted(_ store: Store, _ name: String = "alice") async throws -> Int? {
        try await store.keyVersions(of: name, at: 0).first { $0.purpose == .encryption }?.uses
    }

    @Test("Commands count the keys that they use, and KEYS shows the counts after the next write")
    func commands() async throws {
        let bench = try Bench()
        for name in ["alice", "bob"] {
            #expect(try await bench.answer("SIGNUP \(name) \"correct horse\"").reply.code == 250)
        }
        let token = try await bench.logIn()
        let session = try await bench.session()
        #expect(try await session.ask("LOGIN alice \"correct horse\"").hasPrefix("235 "))
        let sealed = try await session.ask("ENCRYPT TO=alice,bob hello").dropFirst(10)
        let signature = try await bench.answer("SIGN hello", token: token).body
        for _ in 0..<2 {
            #expect(try await bench.answer("DECRYPT \(sealed)", token: token).reply.code == 250)
            #expect(try await bench.answer("VERIFY \(signature) hello").reply.code == 250)
        }
        // These use no key.
        #expect(try await bench.answer("VERIFY \(signature) goodbye").reply.code == 550)
        #expect(try await bench.answer("DECRYPT \(sealed)AAAA", token: token).reply.code == 550)
        #expect(try await bench.answer("REWRAP \(sealed)AAAA", token: token).reply.code == 550)
        #expect(try await bench.answer("ENCRYPT TO=alice,nobody hello", token: token).reply.code == 550)
        #expect(try await bench.answer("PUBKEY", token: token).reply.code == 250)
        let uses = bench.identities.accounts.uses
        #expect(uses.waitingCount == 3)
        let before = try await bench.answer("KEYS", token: token).reply.lines
        #expect(before.allSatisfy { $0.hasSuffix(" - 0") })
        bench.clock.advance(60)
        try await uses.write(at: bench.clock.now)
        let (made, used) = (KeyVersion.text(of: 1_800_000_000), KeyVersion.text(of: 1_800_000_060))
        let lines = try await bench.answer("KEYS", token: token).reply.lines
        #expect(lines == ["encryption 1 live \(made) \(used) 3", "signing 1 live \(made) \(used) 3"])
        #expect(try await bench.store.keyVersions(of: "bob", at: 0).map(\.uses) == [1, 0])
        #expect(uses.waitingCount == 0)
        // RETIRE and ERASE tell the last use.
        #expect(try await bench.answer("ROTATE encryption", token: token).reply.code == 250)
        let retired = try await bench.answer("RETIRE encryption 2", token: token).line
        #expect(retired == "250 2.0.0 encryption key 1 is retired; last counted use \(used)")
        let erased = try await bench.answer("ERASE encryption 2 2", token: token).line
        #expect(erased == "250 2.0.0 encryption key 1 is erased; last counted use \(used)")
    }

    @Test("Uses are written once after each pause that follows a use, and there is no pause without a use")
    func pauses() async throws {
        let servers = try await TwoServers()
        try await servers.add("alice")
        let uses = KeyUses(servers.store)
        let counter = KeyUses.Counter(Self.row("alice"))
        let (pauses, paused) = AsyncStream.makeStream(of: (Duration, Latch).self)
        let running = Task {
            await uses.run(now: { 100 }) { duration in
                let latch = Latch()
                paused.yield((duration, latch))
                await latch.wait()
                try Task.checkCancellation()
            } failed: { _ in
            }
            paused.finish()
        }
        var rounds = 0
        uses.count(counter)
        for await (duration, latch) in pauses {
            #expect(duration == .seconds(60))
            rounds += 1
            if rounds == 3 { running.cancel() }
            for _ in 1..<10 { uses.count(counter) }
            #expect(uses.waitingCount == 1)
            #expect(try await Self.counted(servers.second) == 10 * (rounds - 1))
            latch.open()
            if rounds == 3 { break }
            try await eventually { try await Self.counted(servers.second) == 10 * rounds }
            uses.count(counter)
        }
        await running.value
        // The last write, when the server stops, has what was used during the last pause.
        try await uses.write(at: 100)
        #expect(try await Self.counted(servers.second) == 30)
        try await servers.close()
    }

    @Test("Uses that cannot be written are kept for the next write")
    func failures() async throws {
        let servers = try await TwoServers()
        try await servers.add("alice")
        let uses = KeyUses(servers.store)
        let counters = [KeyUses.Counter(Self.row("alice")), KeyUses.Counter(Self.row("alice"))]
        servers.driver.fail(.recordUses, .error(.full))
        for counter in counters { uses.count(counter) }
        await #expect(throws: StoreError.full) { try await uses.write(at: 100) }
        uses.count(counters[0])
        #expect(uses.waitingCount == 2)
        servers.driver.work()
        try await uses.write(at: 100)
        #expect(try await Self.counted(servers.second) == 3)
        #expect(uses.waitingCount == 0)
        try await servers.close()
    }

    @Test("The number of keys between two writes is bounded, and a failed write keeps them all")
    func bound() async throws {
        let servers = try await TwoServers()
        let names = (0..<600).map { "user-\($0)" }
        for name in names { try await servers.store.add(NewAccount(name: name, keys: [Self.row(name)], created: 1)) }
        let uses = KeyUses(servers.store, capacity: 500)
        let counters = names.map { KeyUses.Counter(Self.row($0)) }
        for _ in 0..<2 { for counter in counters { uses.count(counter) } }
        #expect(uses.waitingCount == 500)
        servers.driver.fail(.recordUses, .error(.busy))
        await #expect(throws: StoreError.busy) { try await uses.write(at: 100) }
        #expect(uses.waitingCount == 500)
        servers.driver.work()
        try await uses.write(at: 100)
        #expect(try await Self.counted(servers.second, "user-499") == 2)
        #expect(try await Self.counted(servers.second, "user-500") == 0)
        // The others are counted as soon as there is room.
        for counter in counters { uses.count(counter) }
        try await uses.write(at: 100)
        #expect(try await Self.counted(servers.second, "user-0") == 3)
        try await servers.close()
    }

    @Test("Uses that many threads count at the same moment are all written")
    func threads() async throws {
        let servers = try await TwoServers()
        try await servers.add("alice")
        let uses = KeyUses(servers.store)
        let counter = KeyUses.Counter(Self.row("alice"))
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<1000 { uses.count(counter) } } }
            for _ in 0..<20 { try await uses.write(at: 100) }
            try await group.waitForAll()
        }
        try await uses.write(at: 100)
        #expect(try await Self.counted(servers.second) == 8000)
        try await servers.close()
    }
}
