import Store
import TestKit
import Testing

@Suite("Log-in keys") struct LoginKeyTests {
    @Test("Log-in keys are read back unchanged and can be removed", arguments: Engine.allCases)
    func keysComeBackAsTheyWentAndGo(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            try await store.add(newAccount("bob"))
            let keys = [loginKey(2, created: 5), loginKey(1, created: 6)]
            for key in keys.reversed() { #expect(try await store.addLoginKey(key, to: "alice", limit: 9)) }
            #expect(try await store.addLoginKey(keys[0], to: "bob", limit: 9))
            #expect(try await store.loginKeys(of: "alice") == keys)
            #expect(try await store.removeLoginKey(keys[0].publicKey, of: "alice"))
            #expect(try await !store.removeLoginKey(keys[0].publicKey, of: "alice"))
            #expect(try await store.loginKeys(of: "alice") == [keys[1]])
            #expect(try await store.loginKeys(of: "bob") == [keys[0]])
            #expect(try await store.loginKeys(of: "nobody").isEmpty)
        }
    }

    @Test("A public signing key of an account is recognised as an account key", arguments: Engine.allCases)
    func accountsKeysAreKnown(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            func key(_ purpose: KeyPurpose, _ version: UInt32, _ byte: UInt8?) -> AccountKey {
                AccountKey(
                    account: "alice", purpose: purpose, version: version, rootID: "root-1", wrapped: [1],
                    publicKey: byte.map { [UInt8](repeating: $0, count: 32) }, created: 1)
            }
            let keys = [key(.encryption, 1, nil), key(.signing, 1, 1), key(.signing, 2, 2)]
            try await store.add(NewAccount(name: "alice", password: "$scrypt$", keys: keys, created: 1))
            #expect(try await store.addLoginKey(loginKey(3), to: "alice", limit: 1))
            var known: [UInt8] = []
            for byte in 0..<5 as Range<UInt8>
            where try await store.isAccountKey([UInt8](repeating: byte, count: 32)) { known.append(byte) }
            #expect(known == [1, 2])
            #expect(try await !store.isAccountKey([]))
            _ = try await store.forget("alice")
            #expect(try await !store.isAccountKey([UInt8](repeating: 1, count: 32)))
        }
    }

    @Test("A log-in key that the account already has is refused as existing", arguments: Engine.allCases)
    func sameKeyIsThereAlready(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            #expect(try await store.addLoginKey(loginKey(1), to: "alice", limit: 1))
            await #expect(throws: StoreError.exists) {
                _ = try await store.addLoginKey(loginKey(1, created: 8), to: "alice", limit: 1)
            }
            #expect(try await store.loginKeys(of: "alice") == [loginKey(1)])
        }
    }

    @Test("A log-in key is not added to an unknown or forgotten account", arguments: Engine.allCases)
    func nobodysKeyIsNotAdded(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            _ = try await store.forget("alice")
            #expect(try await !store.addLoginKey(loginKey(1), to: "alice", limit: 9))
            #expect(try await !store.addLoginKey(loginKey(1), to: "nobody", limit: 9))
        }
    }

    /// The test uses two stores, because the limit must not depend on the memory of one store.
    @Test("The limit on log-in keys holds for keys that arrive together at two stores", arguments: Engine.allCases)
    func limitHoldsForThoseWhoCome(on engine: Engine) async throws {
        try await withStore(on: engine) { first, database in
            let second = try database.open()
            try await first.add(newAccount("alice"))
            let added = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<20 as Range<UInt8> {
                    let store = number.isMultiple(of: 2) ? first : second
                    group.addTask { try await store.addLoginKey(loginKey(number), to: "alice", limit: 3) }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(added == 3)
            #expect(try await first.loginKeys(of: "alice").count == 3)
            try await second.close()
        }
    }
}

func loginKey(_ byte: UInt8, created: Int64 = 7) -> LoginKey {
    LoginKey(publicKey: [UInt8](repeating: byte, count: 32), comment: "key \(byte)", created: created)
}
