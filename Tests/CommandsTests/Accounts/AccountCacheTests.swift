import Seal
import Store
import TestKit
import Testing

@testable import Commands

/// These tests guard against faults like Cosmian -008 and Vault #1174, where a cache still returned revoked data.
@Suite("The cache of accounts and keys")
struct AccountCacheTests {
    private static func two(
        _ names: String..., on engine: Engine = .sqlite, tellsMark: Bool = true
    ) async throws -> TwoServers {
        let two = try await TwoServers(on: engine, tellsMark: tellsMark)
        for name in names { try await two.add(name) }
        return two
    }

    /// The reads that `askAll` causes when the cache is empty.
    private static let all = ["accounts alice", "keys alice"]

    @Test("Accounts and keys are read once, and equal those of the store", arguments: Engine.allCases)
    func once(on engine: Engine) async throws {
        let two = try await Self.two("alice", on: engine)
        try await two.askAll()
        #expect(two.driver.takeReads() == Self.all)
        for _ in 0..<3 { try await two.askAll() }
        #expect(try await two.cache.account(named: "alice") == two.second.account(named: "alice"))
        for purpose in [KeyPurpose.encryption, .signing] {
            let row = try await two.second.key(of: "alice", purpose: purpose, version: 1)
            #expect(try await two.cache.currentKey(of: "alice", purpose)?.row == row)
            #expect(try await two.cache.key(of: "alice", purpose, version: 1)?.row == row)
        }
        #expect(two.driver.takeReads() == [])
        try await two.close()
    }

    @Test("The next answer shows what another server has changed", arguments: Engine.allCases)
    func secondServer(on engine: Engine) async throws {
        let two = try await Self.two("alice", on: engine)
        func account() async throws -> Account? {
            try await two.askAll()
            return try await two.cache.account(named: "alice")
        }
        #expect(try await account()?.epoch == 0)
        #expect(try await two.second.setPassword("second", of: "alice", ifEpoch: 0))
        var now = try await account()
        #expect(now?.epoch == 1 && now?.password == "second")
        #expect(try await two.second.setState(.disabled, of: "alice"))
        now = try await account()
        #expect(now?.epoch == 2 && now?.state == .disabled)
        #expect(try await two.second.setState(.active, of: "alice"))
        #expect(try await account()?.state == .active)
        let key = try #require(try await two.cache.currentKey(of: "alice", .encryption)?.row)
        #expect(try await two.second.rewrap([(key, [9])], under: "root-2") == 1)
        #expect(try await two.cache.currentKey(of: "alice", .encryption)?.row.rootID == "root-2")
        #expect(try await two.cache.key(of: "alice", .encryption, version: 1)?.row.wrapped == [9])
        _ = try await account()
        #expect(try await two.second.forget("alice") == (engine == .sqlite ? .erased : .leftToServer))
        #expect(try await two.cache.currentKey(of: "alice", .encryption) == nil)
        #expect(try await two.cache.key(of: "alice", .signing, version: 1) == nil)
        now = try await account()
        #expect(now?.state == .forgotten && now?.epoch == 3 && now?.password == nil)
        try await two.close()
    }

    @Test("Data of one moment are read from the store once, and are as they were then or later")
    func moments() async throws {
        let two = try await Self.two("alice", on: .postgres)
        try await two.askAll()
        let moment = try await two.cache.moment()
        _ = two.driver.takeReads()
        #expect(try await two.second.raiseEpoch(of: "alice", ifEpoch: 0))
        #expect(try await two.cache.account(named: "alice", at: moment)?.epoch == 0)
        #expect(two.driver.takeReads() == [])
        #expect(try await two.cache.account(named: "alice", at: two.cache.moment())?.epoch == 1)
        // The cache keeps nothing of the older moment.
        #expect(try await two.cache.account(named: "alice", at: moment)?.epoch == 1)
        try await two.close()
    }

    @Test("A new key that another process adds is the current key at once, and the old key stays the same")
    func newKey() async throws {
        let two = try await Self.two("alice")
        try await two.askAll()
        let old = try #require(try await two.cache.currentKey(of: "alice", .encryption))
        let script = """
            import sqlite3, sys
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            db.execute("INSERT INTO account_keys SELECT account_id, purpose, 2, root_id, x'0909', public, created, state, used "
                "FROM account_keys WHERE purpose = 'encryption'")
            db.execute("UPDATE mark SET value = randomblob(16)")
            """
        _ = try await Tool.run("/usr/bin/python3", ["-c", script, two.path])
        let new = try #require(try await two.cache.currentKey(of: "alice", .encryption))
        #expect(new.row.version == 2 && new.row.wrapped == [9, 9])
        #expect(try await two.cache.key(of: "alice", .encryption, version: 1)?.row == old.row)
        #expect(try await two.cache.key(of: "alice", .encryption, version: 2)?.row == new.row)
        #expect(try await two.cache.currentKey(of: "alice", .signing)?.row.version == 1)
    }

    @Test("A missing account is read each time, takes no room, and is found after it was added")
    func missing() async throws {
        let two = try await Self.two("alice")
        for _ in 0..<2 {
            #expect(try await two.cache.account(named: "bob") == nil)
            #expect(try await two.cache.currentKey(of: "bob", .signing) == nil)
            #expect(try await two.cache.key(of: "bob", .signing, version: 1) == nil)
            #expect(two.driver.takeReads() == ["accounts bob", "keys bob", "keys bob"])
        }
        #expect(two.cache.count == (0, 0))
        // All versions of an existing account's keys are known after one read.
        for _ in 0..<2 { #expect(try await two.cache.key(of: "alice", .signing, version: 7) == nil) }
        #expect(two.driver.takeReads() == ["keys alice"])
        try await two.add("bob")
        #expect(try await two.cache.account(named: "bob")?.name == "bob")
        #expect(try await two.cache.currentKey(of: "bob", .signing)?.row.account == "bob")
        #expect(two.cache.count == (1, 2))
    }

    @Test("Unknown accounts are read together, and all results are in the order of the names")
    func several() async throws {
        let two = try await Self.two("alice", "bob", "carol", "dave")
        _ = try await two.cache.currentKey(of: "carol", .encryption)
        _ = try await two.cache.currentKey(of: "dave", .signing)
        _ = two.driver.takeReads()
        let names = ["bob", "carol", "nobody", "alice"]
        var keys = try await two.cache.currentKeys(of: names, .encryption)
        #expect(keys.map { $0?.row.account } == ["bob", "carol", nil, "alice"])
        #expect(keys.allSatisfy { $0 == nil || $0?.row.purpose == .encryption })
        #expect(two.driver.takeReads() == ["keys bob,nobody,alice"])
        keys = try await two.cache.currentKeys(of: names, .encryption)
        #expect(keys.map { $0?.row.account } == ["bob", "carol", nil, "alice"])
        #expect(two.driver.takeReads() == ["keys nobody"])
        keys = try await two.cache.currentKeys(of: ["alice", "dave"], .encryption)
        #expect(keys.map { $0?.row.account } == ["alice", "dave"])
        #expect(try await two.cache.currentKeys(of: [], .encryption).isEmpty)
        #expect(two.driver.takeReads() == [])
    }

    @Test("The cache returns the same object for a key, so the key is unwrapped once")
    func unwrapped() async throws {
        let two = try await Self.two("alice")
        let key = try #require(try await two.cache.currentKey(of: "alice", .encryption))
        #expect(try await two.cache.currentKey(of: "alice", .encryption) === key)
        try await two.add("bob")
        #expect(try await two.cache.currentKey(of: "alice", .encryption) === key)
        #expect(try await two.second.raiseEpoch(of: "alice", ifEpoch: 0))
        #expect(try await two.cache.currentKey(of: "alice", .encryption) !== key)
    }

    @Test("The cache never exceeds its capacity, and is still correct for more accounts")
    func capacity() async throws {
        let two = try await TwoServers(capacity: 4)
        let names = (0..<12).map { "user-\($0)" }
        for name in names { try await two.add(name) }
        for _ in 0..<2 {
            for name in names {
                #expect(try await two.cache.account(named: name)?.name == name)
                #expect(try await two.cache.currentKey(of: name, .signing)?.row.account == name)
                #expect(two.cache.count.accounts <= 4 && two.cache.count.keys <= 4)
            }
        }
        let keys = try await two.cache.currentKeys(of: names, .encryption)
        #expect(keys.map { $0?.row.account } == names)
        #expect(two.cache.count.accounts <= 4 && two.cache.count.keys <= 4)
    }

    @Test("A store that cannot tell whether it was changed is read each time")
    func withoutMark() async throws {
        let two = try await Self.two("alice", tellsMark: false)
        for _ in 0..<3 {
            try await two.askAll()
            #expect(two.driver.takeReads() == Self.all + Array(repeating: "keys alice", count: 3))
        }
        #expect(two.cache.count == (0, 0))
    }

    @Test("After the cache was cleared, accounts and keys are read again")
    func clear() async throws {
        let two = try await Self.two("alice")
        try await two.askAll()
        let key = try await two.cache.currentKey(of: "alice", .signing)
        two.cache.clear()
        #expect(two.cache.count == (0, 0))
        _ = two.driver.takeReads()
        #expect(try await two.cache.currentKey(of: "alice", .signing) !== key)
        try await two.askAll()
        #expect(two.driver.takeReads() == ["keys alice", "accounts alice"])
    }

    /// The questions that `change` affects. Each function returns whether its answer shows the change.
    private static let questions: [(String, @Sendable (AccountCache) async throws -> Bool)] = [
        ("account", { try await $0.account(named: "alice")?.state == .forgotten }),
        ("current key", { try await $0.currentKey(of: "alice", .signing) == nil }),
        ("key", { try await $0.key(of: "alice", .signing, version: 1) == nil }),
    ]

    @Test("The cache does not keep the result of a read that began before a change", arguments: questions.indices)
    func raced(_ index: Int) async throws {
        let ask = Self.questions[index].1
        // The change happens after the read. In the second case, another request asks before the read returns.
        for isAskedAgain in [false, true] {
            let two = try await Self.two("alice")
            let (tasks, others) = AsyncStream<Task<Bool, any Error>>.makeStream()
            two.driver.afterNextRead {
                _ = try? await two.second.forget("alice")
                guard isAskedAgain else { return }
                others.yield(Task { try await ask(two.cache) })
                // The other request's own read waits until the first read has ended.
                try? await eventually { two.cache.waitingCount != 0 }
            }
            #expect(try await !ask(two.cache), "it began before")
            others.finish()
            for await task in tasks { #expect(try await task.value) }
            for _ in 0..<2 { #expect(try await ask(two.cache)) }
        }
    }

    @Test("An answer shows a change that was made between the mark and the read", arguments: questions.indices)
    func changed(_ index: Int) async throws {
        let ask = Self.questions[index].1
        let two = try await Self.two("alice")
        two.driver.beforeNextRead { _ = try? await two.second.forget("alice") }
        for _ in 0..<3 { #expect(try await ask(two.cache)) }
    }

    @Test("The result of a read is not kept if the cache was cleared during the read")
    func clearedMeanwhile() async throws {
        let two = try await Self.two("alice")
        two.driver.afterNextRead { two.cache.clear() }
        #expect(try await two.cache.account(named: "alice") != nil)
        #expect(two.cache.count == (0, 0))
    }
}
