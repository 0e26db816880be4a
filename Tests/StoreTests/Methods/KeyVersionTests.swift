import Store
import TestKit
import Testing

@Suite("Versions of keys", .timeLimit(.minutes(5))) struct KeyVersionTests {
    /// Makes a key for a store that has no root key.
    private static let make: @Sendable (KeyPurpose, UInt32) throws -> AccountKey = { purpose, version in
        key(of: "alice", purpose, version: version, bytes: Array("\(purpose) \(version)".utf8))
    }

    /// Returns the versions of a purpose, with an `r` after each retired one.
    private func versions(_ store: Store, _ purpose: KeyPurpose = .encryption) async throws -> String {
        try await store.keyVersions(of: "alice", at: 0).filter { $0.purpose == purpose }
            .map { "\($0.version)\($0.state == .retired ? "r" : "")" }.joined(separator: " ")
    }

    private func add(
        _ store: Store, _ purposes: [KeyPurpose]? = [.encryption], ifNewest newest: UInt32? = nil,
        bounds: KeyBounds = KeyBounds()
    ) async throws -> KeyAddition {
        try await store.addKeys(purposes, to: "alice", ifNewest: newest, bounds: bounds, make: Self.make)
    }

    @Test("New versions are added to one key, or to all that the account has", arguments: Engine.allCases)
    func additions(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            #expect(try await add(store) == .added([try Self.make(.encryption, 2)]))
            let both = [try Self.make(.encryption, 3), try Self.make(.signing, 2)]
            #expect(try await add(store, nil) == .added(both))
            #expect(try await add(store, [.mac]) == .added([try Self.make(.mac, 1)]))
            let all = try #require(try await add(store, nil).keys)
            #expect(all.map(\.version) == [4, 3, 2] && all.map(\.purpose) == [.encryption, .signing, .mac])
            let current = try await store.currentKeys(of: ["alice"], purpose: .encryption)["alice"]
            #expect(current == (try Self.make(.encryption, 4)))
            #expect(try await store.addKeys(nil, to: "nobody", make: Self.make) == .noSuchAccount)
            _ = try await store.forget("alice")
            #expect(try await add(store) == .noSuchAccount)
        }
    }

    @Test("A version is added only after the expected one, by one of two servers", arguments: Engine.allCases)
    func expectedVersion(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            let second = try database.open()
            try await store.add(newAccount("alice"))
            let outcomes = try await withThrowingTaskGroup(of: KeyAddition.self) { group in
                for index in 0..<16 {
                    group.addTask { try await add(index.isMultiple(of: 2) ? store : second, ifNewest: 1) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == .changed } == 15)
            #expect(try await versions(second) == "1 2")
            #expect(try await add(second, [.mac], ifNewest: 0) != .changed)
            #expect(try await add(store, [.mac], ifNewest: 0) == .changed)
            try await second.close()
        }
    }

    @Test("Two servers that rotate at the same moment make one version each", arguments: Engine.allCases)
    func rotationsTogether(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            let second = try database.open()
            try await store.add(newAccount("alice"))
            try await withThrowingTaskGroup { group in
                for index in 0..<20 {
                    group.addTask {
                        let outcome = try await add(index.isMultiple(of: 2) ? store : second, nil)
                        guard case .added(let keys) = outcome, keys.count == 2 else { throw StoreError.corrupt }
                    }
                }
                try await group.waitForAll()
            }
            let expected = (1...21).map { "\($0)" }.joined(separator: " ")
            #expect(try await versions(second) == expected)
            #expect(try await versions(store, .signing) == expected)
            try await second.close()
        }
    }

    @Test("A key has a bounded number of versions, and nothing is added if one of the keys is full")
    func bounds() async throws {
        try await withStore { store, _ in
            try await store.add(newAccount("alice"))
            for version in UInt32(2)...64 { #expect(try await add(store, ifNewest: version - 1) != .changed) }
            #expect(try await add(store) == .tooManyLive(.encryption))
            #expect(try await add(store, nil) == .tooManyLive(.encryption))
            #expect(try await versions(store, .signing) == "1")
            #expect(try await store.retireKeys(below: 64, .encryption, of: "alice") != .tooManyLive)
            #expect(try await add(store) == .added([try Self.make(.encryption, 65)]))
            #expect(try await store.retireKeys(below: 1, .encryption, of: "alice") == .tooManyLive)
            var few = KeyBounds()
            few.kept = 65
            #expect(try await add(store, bounds: few) == .tooManyKept(.encryption))
        }
    }

    @Test("A new version can retire older ones, and then needs no room among the live ones", arguments: Engine.allCases)
    func keeping(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            for _ in 2...4 { _ = try await add(store) }
            var bounds = KeyBounds(keeping: 2)
            bounds.live = 4
            #expect(try await add(store, bounds: bounds) == .added([try Self.make(.encryption, 5)]))
            #expect(try await versions(store) == "1r 2r 3r 4 5")
            #expect(try await add(store, [.mac], bounds: bounds) == .added([try Self.make(.mac, 1)]))
            #expect(try await versions(store, .signing) == "1")
        }
    }

    @Test("A key that is wrapped under another root key is not added", arguments: Engine.allCases)
    func otherRootKey(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            #expect(try await store.setRootKeyID("root-2", replacing: nil))
            await #expect(throws: StoreError.rootChanged) { try await add(store) }
            #expect(try await versions(store) == "1")
        }
    }

    @Test("Versions are retired and made live again, and requests read the live ones", arguments: Engine.allCases)
    func retirement(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            for _ in 2...3 { _ = try await add(store) }
            func retire(_ version: UInt32, _ purpose: KeyPurpose = .encryption) async throws -> KeyRetirement {
                try await store.retireKeys(below: version, purpose, of: "alice")
            }
            #expect(try await retire(4) == .aboveNewest)
            #expect(try await retire(1, .mac) == .noKey)
            #expect(try await store.retireKeys(below: 1, .encryption, of: "nobody") == .noKey)
            #expect(try await retire(1) == .changed([]))
            let made = key(of: "alice").created
            let retired = [1, 2].map { KeyVersion(purpose: .encryption, version: $0, state: .retired, created: made) }
            #expect(try await retire(3) == .changed(retired))
            #expect(try await versions(store) == "1r 2r 3")
            #expect(try await store.key(of: "alice", purpose: .encryption, version: 2) == nil)
            #expect(try await store.key(of: "alice", purpose: .encryption, version: 3) != nil)
            #expect(try await versions(store, .signing) == "1")
            let live = KeyVersion(purpose: .encryption, version: 2, state: .live, created: made)
            #expect(try await retire(2) == .changed([live]))
            #expect(try await versions(store) == "1r 2 3")
            #expect(try await store.eraseKeys(below: 2, .encryption, of: "alice") != .nothing)
            #expect(try await retire(1) == .erased)
            #expect(try await retire(2) == .changed([]))
        }
    }

    @Test("Retired versions are erased with their uses, and live ones are not", arguments: Engine.allCases)
    func erasure(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            try await store.add(newAccount("alice"))
            for _ in 2...3 { _ = try await add(store) }
            let uses = [1, 2, 3].map { KeyUse(account: "alice", purpose: .encryption, version: $0, uses: 5) }
            try await store.recordUses(uses, at: 86_400)
            _ = try await store.retireKeys(below: 3, .encryption, of: "alice")
            func erase(_ version: UInt32, _ purpose: KeyPurpose = .encryption) async throws -> KeyErasure {
                try await store.eraseKeys(below: version, purpose, of: "alice")
            }
            #expect(try await erase(1) == .nothing)
            #expect(try await erase(4) == .live)
            #expect(try await erase(2, .signing) == .live)
            #expect(try await erase(2, .mac) == .noKey)
            #expect(try await database.count("key_uses") == 3)
            let (erased, extent) = try #require(try await erase(3).versions)
            #expect(erased.map(\.version) == [1, 2] && erased.allSatisfy { $0.used == 86_400 })
            #expect(extent == (engine == .sqlite ? .erased : .leftToServer))
            #expect(try await versions(store) == "3")
            #expect(try await database.count("key_uses") == 1)
            // The version's number is not used again.
            #expect(try await add(store) == .added([try Self.make(.encryption, 4)]))
            try await store.recordUses(uses, at: 86_400)
            #expect(try await database.count("key_uses") == 1)
        }
    }
}

extension KeyAddition {
    /// The added keys; nil if none were added.
    fileprivate var keys: [AccountKey]? { if case .added(let keys) = self { keys } else { nil } }
}

extension KeyErasure {
    /// The erased versions, and how far they are erased; nil if none were erased.
    fileprivate var versions: ([KeyVersion], Forgetting)? {
        if case .erased(let versions, let extent) = self { (versions, extent) } else { nil }
    }
}
