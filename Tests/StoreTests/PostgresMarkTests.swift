import Store
import TestKit
import Testing

@testable import Postgres

@Suite(.timeLimit(.minutes(5))) struct PostgresMarkTests {
    typealias Write = @Sendable (PostgresStore) async throws -> Bool

    private static let loginKey = LoginKey(publicKey: [UInt8](repeating: 3, count: 32), comment: "", created: 1)

    /// Every kind of write but those of accounts that were there, in an order in which each changes something.
    private static let additions: [(what: String, write: Write)] = [
        ("an invitation", { try await $0.addInvitation([1], created: 1, expires: 2) == () }),
        ("a sign-up", { try await $0.add(newAccount("alice")) == () }),
        ("a log-in key", { try await $0.addLoginKey(loginKey, to: "alice", limit: 1) }),
        ("a log-in key less", { try await $0.removeLoginKey(loginKey.publicKey, of: "alice") }),
        ("a log-in failure", { try await $0.recordLogInFailure(of: "alice", from: "net", at: 1, forgetting: 0) == 1 }),
        ("no log-in failure", { try await $0.clearLogInFailures(of: "alice", from: "net") }),
    ]

    /// Every kind of write to an account that was there.
    private static let changes: [(what: String, write: Write)] = [
        ("a password", { try await $0.setPassword("new", of: "alice", ifEpoch: 0) }),
        ("a new hash", { try await $0.rehash("newer", of: "alice", replacing: "new") }),
        ("an epoch", { try await $0.raiseEpoch(of: "alice", ifEpoch: 1) }),
        ("a state", { try await $0.setState(.disabled, of: "alice") }),
        ("the state before it", { try await $0.setState(.active, of: "alice") }),
        ("a rewrap", { try await $0.rewrap([(key(of: "alice"), [9])], under: "root-2") == 1 }),
        ("a forgetting", { try await $0.forget("alice") == .leftToServer }),
    ]

    @Test func changesOfEitherStoreMakeAnotherForBoth() async throws {
        try await withDatabase { database in
            let first = try PostgresStore(at: PostgresAddress(database.url), settings: .patient)
            let second = try PostgresStore(at: PostgresAddress(database.url), settings: .patient)
            try await first.add(newAccount("alice"))
            var seen = [try await first.askMark()]
            #expect(try await second.askMark() == seen[0])
            for (index, (what, write)) in Self.changes.enumerated() {
                #expect(try await write(index.isMultiple(of: 2) ? first : second), "\(what)")
                let mark = try await first.askMark()
                #expect(!seen.contains(mark), "\(what)")
                #expect(try await second.askMark() == mark, "\(what)")
                seen.append(mark)
            }
            try await first.close()
            try await second.close()
        }
    }

    /// So that sign-ups, of which there are many, neither wait for each other nor empty what others keep.
    @Test func whatNobodyKeepsMakesNoOther() async throws {
        try await withDatabase { database in
            let store = try PostgresStore(at: PostgresAddress(database.url), settings: .patient)
            let mark = try await store.askMark()
            for (what, write) in Self.additions {
                #expect(try await write(store), "\(what)")
                #expect(try await store.askMark() == mark, "\(what)")
            }
            // And a change that finds nothing to change.
            #expect(try await !store.raiseEpoch(of: "alice", ifEpoch: 7))
            #expect(try await store.rewrap([(key(of: "bob"), [9])], under: "root-2") == 0)
            #expect(try await store.askMark() == mark)
            try await store.close()
        }
    }

    /// The server that the next connection finds need not be the one of before.
    @Test func noMarkOutlivesItsConnection() async throws {
        try await withDatabase { database in
            let store = try PostgresStore(at: PostgresAddress(database.url), settings: .patient)
            var seen: [StoreMark?] = []
            for _ in 0..<3 {
                let mark = try await store.askMark()
                #expect(!seen.contains(mark))
                seen.append(mark)
                try await database.endConnections()
            }
            try await store.close()
        }
    }

    /// A question is held in the middle, when the server has decided what it sees, by a lock that the table, which is a
    /// view here, waits for.
    @Test func oneQuestionAnswersAllWhoWaitAndNobodyWhoCameLater() async throws {
        try await withDatabase { database in
            try await database.run(
                """
                ALTER TABLE mark RENAME TO held; CREATE SEQUENCE questions;
                CREATE VIEW mark AS SELECT value FROM held, LATERAL
                    (SELECT nextval('questions'), pg_advisory_xact_lock_shared(length(value))) AS lock
                """)
            let store = try PostgresStore(at: PostgresAddress(database.url), settings: .patient)
            let other = try LockHolder(database, "SELECT pg_advisory_xact_lock(0)")
            let early = Task { try await store.askMark() }
            try await database.wait(for: "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            try await database.run("UPDATE held SET value = '\\x01'")
            let late = (0..<100).map { _ in Task { try await store.askMark() } }
            // They are all there before the question of the first is answered.
            while store.marksWaiting < late.count, !Task.isCancelled { await Task.yield() }
            try other.commit()
            let (old, new) = (try await early.value, try await store.askMark())
            #expect(old != new)
            for task in late { #expect(try await task.value == new) }
            #expect(try await database.run("SELECT last_value FROM questions") == "3")
            try await store.close()
        }
    }

    @Test func isNoneOfAServerThatIsGone() async throws {
        try await withDatabase { database in
            let settings = PostgresStore.Settings(patience: .milliseconds(100))
            let store = try PostgresStore(at: PostgresAddress(database.url), settings: settings)
            try await database.run("ALTER TABLE mark RENAME TO other")
            await #expect(throws: StoreError.self) { try await store.askMark() }
            try await store.close()
            await #expect(throws: StoreError.closed) { try await store.askMark() }
        }
    }
}
