import Store
import TestKit
import Testing

@Suite("Codes that give an account a new password", .timeLimit(.minutes(5))) struct RecoveryCodeTests {
    private static let code: [UInt8] = Array(repeating: 1, count: 32)
    private static let other: [UInt8] = Array(repeating: 2, count: 32)
    private static let loginKey = LoginKey(publicKey: [UInt8](repeating: 5, count: 32), comment: "laptop", created: 3)

    /// Runs the body with a store that has the accounts alice and bob, and a reset code of alice from 100 to 200.
    private static func withCode(
        on engine: Engine, dropsKeys: Bool = false, _ body: (Store, TestDatabase) async throws -> Void
    ) async throws {
        try await withStore(on: engine) { store, database in
            for name in ["alice", "bob"] { try await store.add(newAccount(name)) }
            #expect(try await store.addLoginKey(loginKey, to: "alice", limit: 9))
            #expect(try await store.setRecoveryCodes([[7], [8]], of: "alice", ifEpoch: 0, created: 100))
            #expect(
                try await store.addResetCode(code, of: "alice", dropsKeys: dropsKeys, created: 100, expires: 200)
                    == .added(recoveryCodes: 2))
            try await body(store, database)
        }
    }

    @Test("A code sets the password of its account once, before it expires", arguments: Engine.allCases)
    func once(on engine: Engine) async throws {
        try await Self.withCode(on: engine) { store, _ in
            for (name, code, now) in [("bob", Self.code, 100), ("alice", Self.other, 100), ("alice", Self.code, 200)] {
                #expect(try await !store.hasRecoveryCode(code, of: name, at: Int64(now)))
                #expect(try await store.setPassword("new", of: name, usingUp: code, at: Int64(now)) == nil)
            }
            #expect(try await store.account(named: "alice")?.password == "$scrypt$of-alice")
            #expect(try await store.hasRecoveryCode(Self.code, of: "alice", at: 199))
            #expect(try await store.setPassword("new", of: "alice", usingUp: Self.code, at: 199) == 1)
            let alice = try #require(try await store.account(named: "alice"))
            #expect(alice.password == "new" && alice.epoch == 1)
            #expect(try await !store.hasRecoveryCode(Self.code, of: "alice", at: 199))
            #expect(try await store.setPassword("newer", of: "alice", usingUp: Self.code, at: 199) == nil)
            #expect(try await store.account(named: "alice") == alice)
            #expect(try await store.account(named: "bob")?.password == "$scrypt$of-bob")
        }
    }

    @Test("A new reset code replaces the earlier one, and not the recovery codes", arguments: Engine.allCases)
    func replaced(on engine: Engine) async throws {
        try await Self.withCode(on: engine) { store, _ in
            let addition = try await store.addResetCode(
                Self.other, of: "alice", dropsKeys: false, created: 100, expires: 200)
            #expect(addition == .added(recoveryCodes: 2))
            #expect(try await !store.hasRecoveryCode(Self.code, of: "alice", at: 100))
            for code in [Self.other, [7], [8]] {
                #expect(try await store.hasRecoveryCode(code, of: "alice", at: 100))
            }
        }
    }

    @Test("Any code that is used removes the reset code", arguments: Engine.allCases)
    func usedRecoveryCode(on engine: Engine) async throws {
        try await Self.withCode(on: engine, dropsKeys: true) { store, _ in
            let epoch = try await store.setPassword("new", of: "alice", usingUp: [7], at: .max)
            #expect(epoch == 1)
            for (code, isLeft) in [([7], false), ([8], true), (Self.code, false)] {
                #expect(try await store.hasRecoveryCode(code, of: "alice", at: 100) == isLeft)
            }
            #expect(try await store.loginKeys(of: "alice") == [Self.loginKey])
        }
    }

    @Test(
        "The use of a reset code removes log-in keys and recovery codes if that was asked for",
        arguments: Engine.allCases, [true, false])
    func keys(on engine: Engine, areDropped: Bool) async throws {
        try await Self.withCode(on: engine, dropsKeys: areDropped) { store, _ in
            #expect(try await store.loginKeys(of: "alice") == [Self.loginKey])
            let epoch = try await store.setPassword("new", of: "alice", usingUp: Self.code, at: 150)
            #expect(epoch == 1)
            #expect(try await store.loginKeys(of: "alice") == (areDropped ? [] : [Self.loginKey]))
            #expect(try await store.hasRecoveryCode([7], of: "alice", at: 150) == !areDropped)
        }
    }

    @Test("New recovery codes replace the earlier ones, unless the account was changed", arguments: Engine.allCases)
    func recoveryCodes(on engine: Engine) async throws {
        try await Self.withCode(on: engine) { store, _ in
            #expect(try await !store.setRecoveryCodes([[9]], of: "alice", ifEpoch: 1, created: 100))
            #expect(try await !store.setRecoveryCodes([[9]], of: "nobody", ifEpoch: 0, created: 100))
            #expect(try await store.hasRecoveryCode([7], of: "alice", at: .max))
            let isReplaced = try await store.setRecoveryCodes([[9]], of: "alice", ifEpoch: 0, created: 100)
            #expect(isReplaced)
            for (code, isLeft) in [([7], false), ([8], false), ([9], true), (Self.code, true)] {
                #expect(try await store.hasRecoveryCode(code, of: "alice", at: 150) == isLeft)
            }
        }
    }

    @Test(
        "A disabled account gets no code and no password by one, and a forgotten account has none",
        arguments: Engine.allCases)
    func states(on engine: Engine) async throws {
        try await Self.withCode(on: engine) { store, database in
            #expect(try await store.setState(.disabled, of: "alice"))
            #expect(
                try await store.addResetCode(Self.other, of: "alice", dropsKeys: true, created: 100, expires: 200)
                    == .disabled)
            #expect(try await !store.setRecoveryCodes([[9]], of: "alice", ifEpoch: 1, created: 100))
            #expect(try await store.hasRecoveryCode(Self.code, of: "alice", at: 150))
            #expect(try await store.setPassword("new", of: "alice", usingUp: Self.code, at: 150) == nil)
            #expect(try await store.setState(.active, of: "alice"))
            #expect(try await store.setPassword("new", of: "alice", usingUp: Self.code, at: 150) == 2)
            _ = try await store.forget("alice")
            for name in ["alice", "nobody"] {
                #expect(
                    try await store.addResetCode(Self.code, of: name, dropsKeys: true, created: 100, expires: 200)
                        == .noSuchAccount)
            }
            #expect(try await store.setPassword("new", of: "alice", usingUp: [7], at: 150) == nil)
            #expect(try await database.count("recovery_codes") == 0)
        }
    }

    /// The test uses two stores, because the outcome must not depend on the memory of one store.
    @Test("If four requests use one code at once, one succeeds", arguments: Engine.allCases, 0..<5)
    func together(on engine: Engine, round: Int) async throws {
        try await Self.withCode(on: engine) { first, database in
            let second = try database.open()
            let epochs = try await withThrowingTaskGroup(of: Int64?.self) { group in
                for (number, store) in [first, second, first, second].enumerated() {
                    group.addTask {
                        try await store.setPassword("new-\(number)", of: "alice", usingUp: Self.code, at: 150)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(epochs.filter { $0 != nil } == [1])
            #expect(try await second.account(named: "alice")?.epoch == 1)
            try await second.close()
        }
    }
}
