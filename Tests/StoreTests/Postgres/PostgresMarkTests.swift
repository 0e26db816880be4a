import Store
import TestKit
import Testing

@testable import Postgres

@Suite("The mark on PostgreSQL", .timeLimit(.minutes(5))) struct PostgresMarkTests {
    /// The next connection may reach another server, whose mark may differ.
    @Test("A mark is not used after the connection that it came from has ended")
    func noMarkOutlivesItsConnection() async throws {
        try await withDatabase { database in
            let store = try Store(at: PostgresAddress(database.url), settings: .patient)
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

    /// In this test the table of the mark is a view that waits for a lock. The test can therefore delay an answer
    /// after the server has decided which rows the question sees.
    @Test("A question answers the callers that waited when it began, and no caller that came later")
    func oneQuestionAnswersAllWhoWaitAndNobodyWhoCameLater() async throws {
        try await withDatabase { database in
            try await database.run(
                """
                ALTER TABLE mark RENAME TO held; CREATE SEQUENCE questions;
                CREATE VIEW mark AS SELECT value FROM held, LATERAL
                    (SELECT nextval('questions'), pg_advisory_xact_lock_shared(length(value))) AS lock
                """)
            let store = try Store(at: PostgresAddress(database.url), settings: .patient)
            let other = try LockHolder(database, "SELECT pg_advisory_xact_lock(0)")
            let early = Task { try await store.askMark() }
            try await database.wait(for: "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            try await database.run("UPDATE held SET value = '\\x01'")
            let late = (0..<100).map { _ in Task { try await store.askMark() } }
            // All of them wait before the first question is answered.
            let driver = try #require(store.driver as? PostgresDriver)
            while driver.marksWaiting < late.count, !Task.isCancelled { await Task.yield() }
            try other.commit()
            let old = try await early.value
            var answers: [StoreMark?] = []
            for task in late { answers.append(try await task.value) }
            #expect(answers.allSatisfy { $0 == answers[0] && $0 != old })
            #expect(try await database.run("SELECT last_value FROM questions") == "2")
            try await store.close()
        }
    }

    @Test("Asking for the mark fails if the server cannot answer or the store is closed")
    func isNoneOfAServerThatIsGone() async throws {
        try await withDatabase { database in
            let settings = PostgresDriver.Settings(patience: .milliseconds(100))
            let store = try Store(at: PostgresAddress(database.url), settings: settings)
            try await database.run("ALTER TABLE mark RENAME TO other")
            await #expect(throws: StoreError.self) { try await store.askMark() }
            try await store.close()
            await #expect(throws: StoreError.closed) { try await store.askMark() }
        }
    }
}
