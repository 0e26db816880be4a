import Seal
import Store
import TestKit
import Testing

@testable import Commands

/// Cosmian -008, Vault #1174: what was revoked was still served from a cache.
@Suite("The cache of accounts and keys")
struct AccountCacheTests {
    private static func two(
        _ names: String..., on engine: TwoServers.Engine = .sqlite, tellsMark: Bool = true
    ) async throws -> TwoServers {
        let two = try await TwoServers(on: engine, tellsMark: tellsMark)
        for name in names { try await two.add(name) }
        return two
    }

    /// What `askAll` reads when nothing is kept.
    private static let all = ["accounts alice", "keys alice"]

    @Test("What was read once is not read again, and is what the store has", arguments: TwoServers.Engine.allCases)
    func once(on engine: TwoServers.Engine) async throws {
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

    @Test("What another server changes is so in the next answer", arguments: TwoServers.Engine.allCases)
    func secondServer(on engine: TwoServers.Engine) async throws {
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

    @Test("What is read at one moment is asked of the store once, and is as it was then or later")
    func moments() async throws {
        let two = try await Self.two("alice", on: .postgres)
        try await two.askAll()
        let moment = try await two.cache.moment()
        _ = two.driver.takeReads()
        #expect(try await two.second.raiseEpoch(of: "alice", ifEpoch: 0))
        #expect(try await two.cache.account(named: "alice", at: moment)?.epoch == 0)
        #expect(two.driver.takeReads() == [])
        #expect(try await two.cache.account(named: "alice", at: two.cache.moment())?.epoch == 1)
        // What was kept then is gone.
        #expect(try await two.cache.account(named: "alice", at: moment)?.epoch == 1)
        try await two.close()
    }

    @Test("A new key that another process adds is the current one at once, and the old one stays what it was")
    func newKey() async throws {
        let two = try await Self.two("alice")
        try await two.askAll()
        let old = try #require(try await two.cache.currentKey(of: "alice", .encryption))
        let script = """
            import sqlite3, sys
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            db.execute("INSERT INTO account_keys SELECT account_id, purpose, 2, root_id, x'0909', public, created "
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

    @Test("What is not there is asked for each time, takes no room, and is found once it is there")
    func missing() async throws {
        let two = try await Self.two("alice")
        for _ in 0..<2 {
            #expect(try await two.cache.account(named: "bob") == nil)
            #expect(try await two.cache.currentKey(of: "bob", .signing) == nil)
            #expect(try await two.cache.key(of: "bob", .signing, version: 1) == nil)
            #expect(two.driver.takeReads() == ["accounts bob", "keys bob", "keys bob"])
        }
        #expect(two.cache.count == (0, 0))
        // Of an account that is there all versions are known.
        for _ in 0..<2 { #expect(try await two.cache.key(of: "alice", .signing, version: 7) == nil) }
        #expect(two.driver.takeReads() == ["keys alice"])
        try await two.add("bob")
        #expect(try await two.cache.account(named: "bob")?.name == "bob")
        #expect(try await two.cache.currentKey(of: "bob", .signing)?.row.account == "bob")
        #expect(two.cache.count == (1, 2))
    }

    @Test("Accounts that are not known come from one read, and all stand in the order of the names")
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

    @Test("A key that is kept is the same object, so that it is unwrapped once")
    func unwrapped() async throws {
        let two = try await Self.two("alice")
        let key = try #require(try await two.cache.currentKey(of: "alice", .encryption))
        #expect(try await two.cache.currentKey(of: "alice", .encryption) === key)
        try await two.add("bob")
        #expect(try await two.cache.currentKey(of: "alice", .encryption) === key)
        #expect(try await two.second.raiseEpoch(of: "alice", ifEpoch: 0))
        #expect(try await two.cache.currentKey(of: "alice", .encryption) !== key)
    }

    @Test("The cache holds no more than its capacity, and is right beyond it")
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

    @Test("A store that cannot tell whether it was changed is asked each time")
    func withoutMark() async throws {
        let two = try await Self.two("alice", tellsMark: false)
        for _ in 0..<3 {
            try await two.askAll()
            #expect(two.driver.takeReads() == Self.all + Array(repeating: "keys alice", count: 3))
        }
        #expect(two.cache.count == (0, 0))
    }

    @Test("What is cleared is read again")
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

    /// The ways to ask for what `change` changes, each told by what it has to say once that was done.
    private static let questions: [(String, @Sendable (AccountCache) async throws -> Bool)] = [
        ("account", { try await $0.account(named: "alice")?.state == .forgotten }),
        ("current key", { try await $0.currentKey(of: "alice", .signing) == nil }),
        ("key", { try await $0.key(of: "alice", .signing, version: 1) == nil }),
    ]

    @Test("A read that began before a change does not keep what it found", arguments: questions.indices)
    func raced(_ index: Int) async throws {
        let ask = Self.questions[index].1
        // The change comes behind the read; or behind it, and somebody has asked again before it returns.
        for isAskedAgain in [false, true] {
            let two = try await Self.two("alice")
            let (tasks, others) = AsyncStream<Task<Bool, any Error>>.makeStream()
            two.driver.afterNextRead {
                _ = try? await two.second.forget("alice")
                guard isAskedAgain else { return }
                others.yield(Task { try await ask(two.cache) })
                // Its own read waits until this one is over.
                try? await eventually { two.cache.waitingCount != 0 }
            }
            #expect(try await !ask(two.cache), "it began before")
            others.finish()
            for await task in tasks { #expect(try await task.value) }
            for _ in 0..<2 { #expect(try await ask(two.cache)) }
        }
    }

    @Test("A change between the mark and the read is in the answer", arguments: questions.indices)
    func changed(_ index: Int) async throws {
        let ask = Self.questions[index].1
        let two = try await Self.two("alice")
        two.driver.beforeNextRead { _ = try? await two.second.forget("alice") }
        for _ in 0..<3 { #expect(try await ask(two.cache)) }
    }

    @Test("What was cleared while it was read is not kept")
    func clearedMeanwhile() async throws {
        let two = try await Self.two("alice")
        two.driver.afterNextRead { two.cache.clear() }
        #expect(try await two.cache.account(named: "alice") != nil)
        #expect(two.cache.count == (0, 0))
    }
}
