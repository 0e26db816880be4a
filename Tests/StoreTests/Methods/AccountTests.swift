import Store
import TestKit
import Testing

@Suite("Accounts and their keys") struct AccountTests {
    @Test("A stored account is read back unchanged, and names are case-sensitive", arguments: Engine.allCases)
    func accountComesBackAsItWent(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            let alice = try #require(try await store.account(named: "alice"))
            #expect(
                alice
                    == Account(
                        id: alice.id, name: "alice", password: "$scrypt$of-alice", epoch: 0, created: 1_700_000_000))
            #expect(try await store.account(named: "bob") == nil)
            #expect(try await store.account(named: "Alice") == nil)
        }
    }

    @Test("Stored keys are read back unchanged", arguments: Engine.allCases)
    func keysComeBackAsTheyWent(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            for purpose in [KeyPurpose.encryption, .signing] {
                let stored = try await store.key(of: "alice", purpose: purpose, version: 1)
                #expect(stored == key(of: "alice", purpose))
            }
            #expect(try await store.key(of: "alice", purpose: .signing, version: 2) == nil)
            #expect(try await store.key(of: "bob", purpose: .signing, version: 1) == nil)
        }
    }

    @Test("An unusual name, the highest version and an empty wrapped key are kept", arguments: Engine.allCases)
    func extremesAreKept(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            let keys = [key(of: "é 'x'; --", version: .max, bytes: [])]
            try await store.add(newAccount("é 'x'; --", keys: keys))
            #expect(try await store.key(of: "é 'x'; --", purpose: .encryption, version: .max) == keys[0])
        }
    }

    @Test("The current key of an account is the one with the highest version", arguments: Engine.allCases)
    func currentKeyIsTheHighestVersion(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            let versions = [key(of: "alice", version: 9), key(of: "alice", version: 10), key(of: "alice", version: 2)]
            try await store.add(newAccount("alice", keys: versions))
            try await store.add(newAccount("bob"))
            try await store.add(newAccount("keyless", keys: []))
            let keys = try await store.currentKeys(of: ["bob", "nobody", "alice", "keyless"], purpose: .encryption)
            #expect(keys == ["alice": versions[1], "bob": key(of: "bob")])
            #expect(try await store.currentKeys(of: [], purpose: .encryption).isEmpty)
        }
    }

    /// There are more names than one statement asks for, and some of them come twice.
    @Test("Hundreds of accounts and their keys are found together", arguments: Engine.allCases)
    func manyAreFoundTogether(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            let names = (0..<600).map { "user-\($0)" }
            for name in names where name != "user-7" { try await store.add(newAccount(name)) }
            try await store.add(newAccount("keyless", keys: []))
            let found = try await store.find(
                accounts: names + names + ["keyless"], keysOf: names + ["keyless", "user-1"])
            #expect(Set(found.accounts.keys) == Set(names + ["keyless"]).subtracting(["user-7"]))
            #expect(found.accounts.allSatisfy { $0.key == $0.value.name })
            #expect(Set(found.keys.keys) == Set(names).subtracting(["user-7"]))
            for name in names where name != "user-7" {
                let keys = try #require(found.keys[name])
                #expect(keys.count == 2 && Set(keys.map(\.purpose)) == [.encryption, .signing])
                #expect(keys.contains(key(of: name)) && keys.contains(key(of: name, .signing)))
            }
            let nothing = try await store.find(accounts: [], keysOf: [])
            #expect(nothing.accounts.isEmpty && nothing.keys.isEmpty)
        }
    }

    @Test("A name can be taken only once", arguments: Engine.allCases)
    func nameCanBeTakenOnce(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            let second = NewAccount(name: "alice", password: "other", keys: [], created: 2)
            #expect(await failure(of: second, addedTo: store) == .exists)
            #expect(try await store.account(named: "alice")?.password == "$scrypt$of-alice")
        }
    }

    @Test("An account is not added if one of its keys cannot be stored", arguments: Engine.allCases)
    func accountWithoutItsKeysIsNotAdded(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            let twice = newAccount("alice", keys: [key(of: "alice"), key(of: "alice")])
            let error = try #require(await failure(of: twice, addedTo: store))
            #expect(error != .exists && "\(error)".contains(/UNIQUE constraint failed|violates unique constraint/))
            #expect(try await store.account(named: "alice") == nil)
            let foreign = newAccount("alice", keys: [key(of: "bob")])
            #expect(await failure(of: foreign, addedTo: store) != nil)
            #expect(try await store.account(named: "alice") == nil)
        }
    }

    @Test("A password change raises the epoch of this account only", arguments: Engine.allCases)
    func passwordChangeRaisesTheEpoch(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            try await store.add(newAccount("bob"))
            #expect(try await store.setPassword("new", of: "alice", ifEpoch: 0))
            #expect(try await !store.setPassword("late", of: "alice", ifEpoch: 0))
            #expect(try await !store.setPassword("new", of: "nobody", ifEpoch: 0))
            let alice = try #require(try await store.account(named: "alice"))
            #expect(alice.password == "new" && alice.epoch == 1)
            #expect(try await store.account(named: "bob")?.epoch == 0)
        }
    }

    @Test("Of twenty simultaneous password changes, one succeeds", arguments: Engine.allCases)
    func oneOfManyPasswordChangesWins(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            let winners = try await withThrowingTaskGroup(of: Int?.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await store.setPassword("new-\(number)", of: "alice", ifEpoch: 0) ? number : nil
                    }
                }
                return try await group.reduce(into: []) { winners, number in winners += [number].compactMap { $0 } }
            }
            #expect(winners.count == 1)
            let alice = try #require(try await store.account(named: "alice"))
            #expect(alice.password == "new-\(winners[0])" && alice.epoch == 1)
        }
    }

    @Test("The descriptions of accounts and keys contain no secret")
    func descriptionsHoldNoSecret() {
        let account = Account(id: 1, name: "alice", password: "hunter2", epoch: 0, created: 0)
        let new = NewAccount(name: "alice", password: "hunter2", keys: [key(of: "alice")], created: 0)
        for text in ["\([account])", "\([new])", String(reflecting: account), "\([key(of: "alice")])"] {
            #expect(!text.contains("hunter2") && !text.contains("254"))
        }
    }
}
