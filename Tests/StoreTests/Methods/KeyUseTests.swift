import Store
import TestKit
import Testing

@Suite("Counted uses of keys", .timeLimit(.minutes(5))) struct KeyUseTests {
    private static let day: Int64 = 86_400
    private static let now: Int64 = 20_000 * day + 3600

    private func uses(_ uses: Int, of name: String = "alice", _ version: UInt32 = 1) -> KeyUse {
        KeyUse(account: name, purpose: .encryption, version: version, uses: uses)
    }

    /// Returns the last use of the first encryption key, and its uses in the last 30 days.
    private func counted(
        _ store: Store, of name: String = "alice", at now: Int64 = now
    ) async throws -> [Int64?] {
        let versions = try await store.keyVersions(of: name, at: now)
        let version = try #require(versions.first { $0.purpose == .encryption })
        return [version.used, Int64(version.uses)]
    }

    @Test("Uses of many keys are counted by day, and the last one is kept", arguments: Engine.allCases)
    func counts(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            for name in ["alice", "bob", "carol"] { try await store.add(newAccount(name)) }
            let mark = try await store.askMark()
            #expect(try await counted(store) == [nil, 0])
            try await store.recordUses([], at: Self.now)
            try await store.recordUses([uses(3), uses(4, of: "bob"), uses(5, of: "carol")], at: Self.now)
            try await store.recordUses([uses(2)], at: Self.now + 60)
            try await store.recordUses([uses(1)], at: Self.now + Self.day)
            #expect(try await counted(store) == [Self.now + Self.day, 6])
            #expect(try await counted(store, of: "bob") == [Self.now, 4])
            #expect(try await counted(store, of: "carol") == [Self.now, 5])
            #expect(try await database.count("key_uses") == 4)
            let signing = try await store.keyVersions(of: "alice", at: Self.now).first { $0.purpose == .signing }
            #expect(signing?.used == nil && signing?.uses == 0)
            #expect(try await store.askMark() == mark)
        }
    }

    @Test("Uses of what does not exist are ignored", arguments: Engine.allCases)
    func strangers(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            for name in ["alice", "bob"] { try await store.add(newAccount(name)) }
            _ = try await store.forget("bob")
            try await store.recordUses(
                [uses(1, of: "nobody"), uses(1, of: "bob"), uses(1, of: "alice", 2), uses(1)], at: Self.now)
            #expect(try await database.count("key_uses") == 1)
            #expect(try await counted(store) == [Self.now, 1])
        }
    }

    @Test("Numbers do not become smaller when the clock is set back", arguments: Engine.allCases)
    func clockSetBack(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            try await store.recordUses([uses(3)], at: Self.now)
            let back = Self.now - 10 * Self.day
            #expect(try await counted(store, at: back) == [Self.now, 3])
            try await store.recordUses([uses(2)], at: back)
            #expect(try await counted(store, at: back) == [Self.now, 5])
            #expect(try await counted(store) == [Self.now, 5])
            try await store.recordUses([uses(2)], at: -5)
            #expect(try await counted(store, at: -5) == [Self.now, 7])
        }
    }

    @Test("A number of uses covers 30 days, and older counts are dropped", arguments: Engine.allCases)
    func thirtyDays(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            try await store.add(newAccount("alice"))
            for day in 0..<40 { try await store.recordUses([uses(1)], at: Self.now + Int64(day) * Self.day) }
            #expect(try await counted(store, at: Self.now + 39 * Self.day) == [Self.now + 39 * Self.day, 30])
            #expect(try await database.count("key_uses") == 30)
        }
    }

    @Test("Two servers that count the same keys at the same moment lose nothing", arguments: Engine.allCases)
    func together(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            let second = try database.open()
            let names = (0..<40).map { "user-\($0)" }
            for name in names { try await store.add(newAccount(name)) }
            try await withThrowingTaskGroup { group in
                for index in 0..<20 {
                    group.addTask {
                        let ordered = index.isMultiple(of: 2) ? names : names.reversed()
                        let server = index % 4 < 2 ? store : second
                        try await server.recordUses(ordered.map { uses(1, of: $0) }, at: Self.now)
                    }
                }
                try await group.waitForAll()
            }
            for name in names { #expect(try await counted(second, of: name) == [Self.now, 20]) }
            try await second.close()
        }
    }

    @Test("The uses of 256 keys are counted in one write")
    func largestBatch() async throws {
        try await withStore { store, path in
            for index in 0..<256 { try await store.add(newAccount("user-\(index)")) }
            let commits = store.sqlite.commits
            try await store.recordUses((0..<256).map { uses(7, of: "user-\($0)") }, at: Self.now)
            #expect(store.sqlite.commits == commits + 1)
            #expect(try await counted(store, of: "user-255") == [Self.now, 7])
            #expect(try await count("key_uses", in: path) == 256)
        }
    }
}
