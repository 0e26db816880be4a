import Store
import TestKit
import Testing

@Suite("Forgetting an account later", .timeLimit(.minutes(5))) struct DelayedForgetTests {
    @Test("An account that is to be forgotten is disabled, and enabling it cancels that", arguments: Engine.allCases)
    func cancelled(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            #expect(try await !store.forgetLater("nobody", at: 100))
            #expect(try await store.forgetLater("alice", at: 100))
            var alice = try #require(try await store.account(named: "alice"))
            #expect(alice.state == .disabled && alice.epoch == 1 && alice.forgetAt == 100)
            #expect(try await store.setState(.disabled, of: "alice"))
            #expect(try await store.account(named: "alice")?.forgetAt == 100)
            #expect(try await store.forgetLater("alice", at: 200))
            #expect(try await store.account(named: "alice")?.forgetAt == 200)
            #expect(try await store.setState(.active, of: "alice"))
            alice = try #require(try await store.account(named: "alice"))
            #expect(alice.state == .active && alice.forgetAt == nil)
            #expect(try await store.accountsToForget(at: 300, limit: 9).isEmpty)
            #expect(try await store.forgetIfDue("alice", at: 300) == .noSuchAccount)
            #expect(try await store.key(of: "alice", purpose: .encryption, version: 1) != nil)
        }
    }

    @Test("Accounts are forgotten from their time on, the earliest first", arguments: Engine.allCases)
    func due(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            for (name, time) in [("alice", 300), ("bob", 100), ("carol", 200)] {
                try await store.add(newAccount(name))
                #expect(try await store.forgetLater(name, at: Int64(time)))
            }
            try await store.add(newAccount("dave"))
            #expect(try await store.accountsToForget(at: 99, limit: 9) == [])
            #expect(try await store.accountsToForget(at: 299, limit: 9) == ["bob", "carol"])
            #expect(try await store.accountsToForget(at: 300, limit: 2) == ["bob", "carol"])
            #expect(try await store.forgetIfDue("bob", at: 99) == .noSuchAccount)
            #expect(try await store.forgetIfDue("dave", at: 300) == .noSuchAccount)
            #expect(try await store.forgetIfDue("bob", at: 100) != .noSuchAccount)
            let bob = try #require(try await store.account(named: "bob"))
            #expect(bob.state == .forgotten && bob.forgetAt == nil && bob.password == nil)
            #expect(try await store.key(of: "bob", purpose: .encryption, version: 1) == nil)
            #expect(try await store.forgetIfDue("bob", at: 100) == .noSuchAccount)
            #expect(try await !store.forgetLater("bob", at: 100))
        }
    }

    @Test("A server whose clock is ahead of PostgreSQL's forgets nothing early")
    func clockOfTheDatabase() async throws {
        try await withStore(on: .postgres) { store, database in
            try await store.add(newAccount("alice"))
            #expect(try await store.forgetLater("alice", at: 1 << 40))
            #expect(try await store.accountsToForget(at: 1 << 41, limit: 9) == [])
            #expect(try await store.forgetIfDue("alice", at: 1 << 41) == .noSuchAccount)
            #expect(try await store.account(named: "alice")?.state == .disabled)
        }
    }

    @Test("If four requests forget an account at once, one does it", arguments: Engine.allCases, 0..<5)
    func together(on engine: Engine, round: Int) async throws {
        try await withStore(on: engine) { first, database in
            let second = try database.open()
            try await first.add(newAccount("alice"))
            #expect(try await first.forgetLater("alice", at: 100))
            let outcomes = try await withThrowingTaskGroup(of: Forgetting.self) { group in
                for store in [first, second, first, second] {
                    group.addTask { try await store.forgetIfDue("alice", at: 100) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 != .noSuchAccount } == 1)
            #expect(try await second.account(named: "alice")?.epoch == 2)
            try await second.close()
        }
    }

    @Test("An account is either enabled or forgotten, if both come at once", arguments: Engine.allCases, 0..<5)
    func enabledAtOnce(on engine: Engine, round: Int) async throws {
        try await withStore(on: engine) { first, database in
            let second = try database.open()
            try await first.add(newAccount("alice"))
            #expect(try await first.forgetLater("alice", at: 100))
            async let forgetting = first.forgetIfDue("alice", at: 100)
            async let enabled = second.setState(.active, of: "alice")
            let (isForgotten, isEnabled) = (try await forgetting != .noSuchAccount, try await enabled)
            #expect(isForgotten != isEnabled)
            let alice = try #require(try await first.account(named: "alice"))
            #expect(alice.state == (isEnabled ? .active : .forgotten) && alice.forgetAt == nil)
            try await second.close()
        }
    }
}
