import Store
import TestKit
import Testing

@Suite("States, epochs and lists of accounts") struct StateTests {
    @Test("A rehash replaces the known password hash and keeps the epoch", arguments: Engine.allCases)
    func rehashKeepsTheEpoch(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            #expect(try await store.rehash("stronger", of: "alice", replacing: "$scrypt$of-alice"))
            #expect(try await !store.rehash("late", of: "alice", replacing: "$scrypt$of-alice"))
            #expect(try await !store.rehash("new", of: "nobody", replacing: "$scrypt$of-alice"))
            let alice = try #require(try await store.account(named: "alice"))
            #expect(alice.password == "stronger" && alice.epoch == 0)
        }
    }

    @Test("An epoch is raised only by a caller that knows its current value", arguments: Engine.allCases)
    func epochIsRaisedOnce(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            #expect(try await store.raiseEpoch(of: "alice", ifEpoch: 0))
            #expect(try await !store.raiseEpoch(of: "alice", ifEpoch: 0))
            #expect(try await !store.raiseEpoch(of: "nobody", ifEpoch: 0))
            #expect(try await store.account(named: "alice")?.epoch == 1)
        }
    }

    @Test("Disabling an account raises its epoch, and enabling it does not", arguments: Engine.allCases)
    func disablingEndsTokens(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await store.add(newAccount("alice"))
            #expect(try await store.setState(.disabled, of: "alice"))
            var alice = try #require(try await store.account(named: "alice"))
            #expect(alice.state == .disabled && alice.epoch == 1 && alice.password == "$scrypt$of-alice")
            #expect(try await store.setState(.active, of: "alice"))
            alice = try #require(try await store.account(named: "alice"))
            #expect(alice.state == .active && alice.epoch == 1)
            #expect(try await !store.setState(.disabled, of: "nobody"))
        }
    }

    @Test("Accounts are listed in pages, ordered by the bytes of their names", arguments: Engine.allCases)
    func accountsComeInPages(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            // The order is by bytes: capitals come first, and é, which has two bytes, comes last.
            for name in ["bob", "é", "alice", "Zoe", "al", "carol"] { try await store.add(newAccount(name)) }
            var pages: [[String]] = []
            var last: String?
            repeat {
                let page = try await store.accounts(after: last, limit: 4).map(\.name)
                pages.append(page)
                last = page.last
            } while last != nil
            #expect(pages == [["Zoe", "al", "alice", "bob"], ["carol", "é"], []])
            #expect(try await store.accounts(after: "alicf", limit: 1).first == store.account(named: "bob"))
        }
    }
}
