import Store
import TestKit
import Testing

@Suite("Root keys and rewrapping") struct RootKeyTests {
    @Test("The root key's id is replaced only by a caller that knows the current one", arguments: Engine.allCases)
    func rootKeyIDIsReplacedByWhoKnowsIt(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            #expect(try await store.rootKeyID() == nil)
            #expect(try await !store.setRootKeyID("root-2", replacing: "root-1"))
            #expect(try await store.setRootKeyID("root-1", replacing: nil))
            #expect(try await !store.setRootKeyID("root-9", replacing: nil))
            #expect(try await !store.setRootKeyID("root-9", replacing: "root-8"))
            let other = try database.open()
            #expect(try await other.rootKeyID() == "root-1")
            #expect(try await other.setRootKeyID("root-2", replacing: "root-1"))
            #expect(try await store.rootKeyID() == "root-2")
            try await other.close()
        }
    }

    @Test("Keys are rewrapped under a new root key in steps", arguments: Engine.allCases)
    func keysAreRewrappedInSteps(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            let names = ["alice", "bob", "carol"]
            for name in names { try await store.add(newAccount(name)) }
            #expect(try await store.keyCounts() == ["root-1": 6])
            var steps: [Int] = []
            while true {
                let keys = try await store.keys(notUnder: "root-2", limit: 4)
                if keys.isEmpty { break }
                steps.append(try await store.rewrap(keys.map { ($0, [9, 9]) }, under: "root-2"))
            }
            #expect(steps == [4, 2])
            #expect(try await store.keyCounts() == ["root-2": 6])
            #expect(try await store.keys(notUnder: "root-1", limit: 9).count == 6)
            for name in names {
                let signing = try #require(try await store.key(of: name, purpose: .signing, version: 1))
                #expect(signing.rootID == "root-2" && signing.wrapped == [9, 9])
                #expect(signing.publicKey == [UInt8](repeating: 7, count: 32) && signing.created == 1_700_000_001)
            }
        }
    }

    @Test("Keys whose root key id sorts before or after the given one are found", arguments: Engine.allCases)
    func keysOnBothSidesOfTheIDAreFound(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            for (name, root) in [("alice", "a"), ("bob", "b"), ("carol", "c")] {
                let key = AccountKey(
                    account: name, purpose: .signing, version: 3, rootID: root, wrapped: [1], publicKey: [2], created: 4
                )
                try await store.add(newAccount(name, keys: [key]))
                #expect(try await store.keys(notUnder: "b", limit: 9).contains(key) == (root != "b"))
            }
            #expect(try await store.keyCounts() == ["a": 1, "b": 1, "c": 1])
        }
    }

    @Test("A key that has changed since it was read is not rewrapped", arguments: Engine.allCases)
    func whatWasChangedMeanwhileIsLeftAlone(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            try await store.add(newAccount("bob"))
            let stale = key(of: "alice", bytes: [0, 1, 254, 0])
            #expect(try await store.rewrap([(stale, [9]), (key(of: "bob"), [9])], under: "root-2") == 1)
            #expect(try await store.key(of: "alice", purpose: .encryption, version: 1) == key(of: "alice"))
            #expect(try await store.rewrap([(key(of: "bob"), [8])], under: "root-3") == 0)
            #expect(try await store.key(of: "bob", purpose: .encryption, version: 1)?.wrapped == [9])
            #expect(try await store.rewrap([(key(of: "nobody"), [9])], under: "root-2") == 0)
        }
    }

    @Test("A rewrap that fails changes none of its keys", arguments: Engine.allCases)
    func rewrapIsOneTransaction(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            for name in ["alice", "bomb"] { try await store.add(newAccount(name)) }
            try await database.refuse("UPDATE")
            await #expect(throws: StoreError.self) {
                _ = try await store.rewrap([(key(of: "alice"), [9]), (key(of: "bomb"), [9])], under: "root-2")
            }
            #expect(try await store.keyCounts() == ["root-1": 4])
        }
    }

    /// A sign-up and a rotation run at the same time. Whichever is first, no key remains under the old root key
    /// without being noticed.
    @Test("No sign-up leaves a key under the old root key unnoticed during a rotation", arguments: Engine.allCases)
    func noSignUpSlipsPastTheRotation(on engine: Engine) async throws {
        try await withStore(on: engine) { first, database in
            let second = try database.open()
            #expect(try await first.setRootKeyID("root-1", replacing: nil))
            let failures = await withTaskGroup(of: StoreError?.self) { group in
                for number in 0..<20 {
                    group.addTask { await failure(of: newAccount("user-\(number)"), addedTo: first) }
                }
                group.addTask {
                    _ = try? await second.setRootKeyID("root-2", replacing: "root-1")
                    return nil
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let refused = failures.count { $0 == .rootChanged }
            #expect(failures.count { $0 == nil } + refused == 21)
            #expect(try await second.keys(notUnder: "root-2", limit: 99).count == 2 * (20 - refused))
            #expect(await failure(of: newAccount("late"), addedTo: first) == .rootChanged)
            try await second.close()
        }
    }
}
