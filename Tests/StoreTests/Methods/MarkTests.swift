import Store
import TestKit
import Testing

/// Tests of the mark on every engine.
@Suite("The mark on every engine", .timeLimit(.minutes(5))) struct MarkTests {
    /// A write, which returns false if it changed nothing.
    typealias Write = @Sendable (Store) async throws -> Bool

    /// Every kind of write except those to accounts that exist, in an order in which each changes something.
    static let additions: [(what: String, write: Write)] = [
        ("an invitation", { try await $0.addInvitation([1], created: 1, expires: 2) == () }),
        ("a sign-up", { try await $0.add(newAccount("alice")) == () }),
        ("a log-in key", { try await $0.addLoginKey(loginKey, to: "alice", limit: 1) }),
        ("a log-in key less", { try await $0.removeLoginKey(loginKey.publicKey, of: "alice") }),
        (
            "a reset code",
            { store in
                try await store.addResetCode([4], of: "alice", dropsKeys: false, created: 1, expires: 2)
                    == .added(recoveryCodes: 0)
            }
        ),
        ("recovery codes", { try await $0.setRecoveryCodes([[5]], of: "alice", ifEpoch: 0, created: 1) }),
        ("a log-in failure", { try await $0.recordLogInFailure(of: "alice", from: "net", at: 1, forgetting: 0) == 1 }),
        ("no log-in failure", { try await $0.clearLogInFailures(of: "alice", from: "net") }),
        ("no locks", { try await !$0.unlockLogIns(of: "alice", at: 1) }),
        (
            "a use",
            {
                try await $0.recordUses([KeyUse(account: "alice", purpose: .signing, version: 1, uses: 1)], at: 1) == ()
            }
        ),
        ("a write to try it", { try await $0.examineWrites() == () }),
        ("a root key", { try await $0.setRootKeyID("root-2", replacing: nil) }),
    ]

    /// Every kind of write to an account that exists, in an order in which each changes something.
    static let changes: [(what: String, write: Write)] = [
        ("a password", { try await $0.setPassword("new", of: "alice", ifEpoch: 0) }),
        ("a new hash", { try await $0.rehash("newer", of: "alice", replacing: "new") }),
        ("an epoch", { try await $0.raiseEpoch(of: "alice", ifEpoch: 1) }),
        ("a state", { try await $0.setState(.disabled, of: "alice") }),
        ("the state before it", { try await $0.setState(.active, of: "alice") }),
        ("a version", { try await $0.addKeys([.signing], to: "alice", make: makeKey) != .changed }),
        ("another version", { try await $0.addKeys(nil, to: "alice", make: makeKey) != .changed }),
        ("a retirement", { try await $0.retireKeys(below: 3, .signing, of: "alice") != .changed([]) }),
        ("the revocation of it", { try await $0.retireKeys(below: 2, .signing, of: "alice") != .changed([]) }),
        ("an erasure", { try await $0.eraseKeys(below: 2, .signing, of: "alice") != .nothing }),
        (
            "a password by a code",
            { store in
                guard try await store.setRecoveryCodes([[5]], of: "alice", ifEpoch: 3, created: 1) else { return false }
                return try await store.setPassword("newest", of: "alice", usingUp: [5], at: 1) == 4
            }
        ),
        ("a time to forget", { try await $0.forgetLater("alice", at: 1 << 40) }),
        ("a rewrap", { try await $0.rewrap([(key(of: "alice"), [9])], under: "root-2") == 1 }),
        ("a forgetting", { try await $0.forget("alice") != .noSuchAccount }),
    ]

    private static let makeKey: @Sendable (KeyPurpose, UInt32) throws -> AccountKey = { purpose, version in
        AccountKey(
            account: "alice", purpose: purpose, version: version, rootID: "root-2", wrapped: [1], publicKey: nil,
            created: 1)
    }

    private static let loginKey = LoginKey(publicKey: [UInt8](repeating: 3, count: 32), comment: "", created: 1)

    @Test("A change in either store gives the database a new mark that both stores see", arguments: Engine.allCases)
    func changesOfEitherStoreMakeAnotherForBoth(on engine: Engine) async throws {
        try await withStore(on: engine) { first, database in
            let second = try database.open()
            try await first.add(newAccount("alice"))
            var seen = [try await first.askMark()]
            #expect(try await second.askMark() == seen[0])
            for (index, (what, write)) in Self.changes.enumerated() {
                #expect(try await write(index.isMultiple(of: 2) ? first : second), "\(what)")
                // A mark that a store knows without asking must equal the mark in the database.
                let known = [first.mark, second.mark]
                let mark = try await first.askMark()
                #expect(!seen.contains(mark), "\(what)")
                #expect(try await second.askMark() == mark, "\(what)")
                #expect(known.allSatisfy { $0 == nil || $0 == mark }, "\(what)")
                seen.append(mark)
            }
            try await second.close()
        }
    }

    /// Sign-ups are frequent. They must not wait for each other, and they must not invalidate what other stores keep
    /// in memory.
    @Test("Sign-ups, log-in keys, failures and changes without effect keep the mark", arguments: Engine.allCases)
    func whatNobodyKeepsMakesNoOther(on engine: Engine) async throws {
        try await withStore(on: engine) { store, database in
            let second = try database.open()
            let mark = try await store.askMark()
            for (index, (what, write)) in Self.additions.enumerated() {
                #expect(try await write(index.isMultiple(of: 2) ? store : second), "\(what)")
                #expect(try await store.askMark() == mark, "\(what)")
                #expect(try await second.askMark() == mark, "\(what)")
            }
            // A change that finds nothing to change makes no new mark either.
            #expect(try await !store.raiseEpoch(of: "alice", ifEpoch: 7))
            #expect(try await store.rewrap([(key(of: "bob"), [9])], under: "root-2") == 0)
            #expect(try await store.forget("bob") == .noSuchAccount)
            #expect(try await store.retireKeys(below: 1, .signing, of: "alice") == .changed([]))
            #expect(try await store.eraseKeys(below: 1, .signing, of: "alice") == .nothing)
            #expect(try await store.addKeys([], to: "alice", make: Self.makeKey) == .added([]))
            #expect(try await store.askMark() == mark)
            try await second.close()
        }
    }

    @Test("A restore gives the database a new mark")
    func restoreMakesAnother() async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            #expect(try await store.setRootKeyID("root-1", replacing: nil))
            try SQLiteBackup.write(of: path, to: path + ".copy")
            let mark = try #require(try await store.askMark())
            _ = try SQLiteRestore.restore(path, from: path + ".copy") { _, _ in "root-1" }
            #expect(store.mark == nil)
            #expect(try await store.askMark() != mark)
        }
    }
}
