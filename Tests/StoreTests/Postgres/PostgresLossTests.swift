import Postgres
import Store
import TestKit
import Testing

/// Tests of connections that are lost during a read or a write.
@Suite("Lost connections to PostgreSQL", .timeLimit(.minutes(5))) struct PostgresLossTests {
    @Test("Every write succeeds and is made once, although connections are lost meanwhile")
    func lossesInTheMiddleAreNobodysConcern() async throws {
        try await withDatabase { database in
            let store = try Store(at: PostgresAddress(database.url), settings: .patient)
            try await store.add(newAccount("alice"))
            let losses = Task {
                for _ in 0..<20 where !Task.isCancelled { try await database.endConnections() }
            }
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<300 {
                    group.addTask {
                        try await store.add(newAccount("user-\(number)"))
                        #expect(try await store.account(named: "alice")?.name == "alice")
                        return try await store.recordLogInFailure(of: "alice", from: "net", at: 10, forgetting: 0)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            losses.cancel()
            _ = await losses.result
            // A write that was made twice would leave a gap in these counts.
            #expect(counts.sorted() == Array(1...300))
            #expect(try await database.run("SELECT count(*) FROM accounts") == "301")
            try await store.close()
        }
    }

    /// The server commits, but its answer is lost.
    @Test("A commit whose answer was lost is found and not made again")
    func commitThatWasMadeIsFound() async throws {
        try await withDatabase { database in
            try await database.holdCommits()
            let store = try Store(at: PostgresAddress(database.url), settings: .patient)
            let addition = Task { await failure(of: newAccount("alice"), addedTo: store) }
            try await database.cutHeldCommit()
            #expect(await addition.value == nil)
            let count = Task { try await store.recordLogInFailure(of: "alice", from: "net", at: 1, forgetting: 0) }
            try await database.cutHeldCommit()
            #expect(try await count.value == 1)
            #expect(try await store.logInFailures(of: "alice", from: "net")?.count == 1)
            try await store.close()
        }
    }

    /// The connection is lost during the commit, and the server undoes the transaction.
    @Test("A commit that the server did not make is made again")
    func commitThatWasNotMadeIsDoneAgain() async throws {
        try await withDatabase { database in
            try await database.run(
                """
                CREATE SEQUENCE deaths;
                CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('deaths') < 3 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
                RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER die AFTER INSERT ON accounts DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION die()
                """)
            let store = try Store(at: PostgresAddress(database.url), settings: .patient)
            try await store.add(newAccount("alice"))
            #expect(try await database.run("SELECT last_value FROM deaths") == "3")
            let marks = try await database.run("SELECT committed, count(*) FROM writes GROUP BY 1 ORDER BY 1")
            #expect(marks == "f|2\nt|1")
            #expect(try await store.account(named: "alice") != nil)
            try await store.close()
        }
    }

    /// The server does not answer a commit but continues with it. The store must then report neither success nor
    /// failure.
    @Test("The outcome of a commit that the server does not answer in time is reported as unknown")
    func outcomeThatNobodyKnowsIsNotGuessed() async throws {
        try await withDatabase { database in
            try await database.holdCommits()
            let settings = PostgresDriver.Settings(statementTimeout: .milliseconds(100), patience: .milliseconds(300))
            let store = try Store(at: PostgresAddress(database.url), settings: settings)
            #expect(await failure(of: newAccount("alice"), addedTo: store) == .outcomeUnknown)
            try await store.close()
        }
    }

    @Test("A write is refused as busy while the queue is full, and the waiting writes succeed")
    func queueIsBounded() async throws {
        try await withDatabase { database in
            try await database.holdCommits()
            let settings = PostgresDriver.Settings(
                connections: 1, waiting: 3, statementTimeout: .seconds(60), patience: .seconds(60))
            let store = try Store(at: PostgresAddress(database.url), settings: settings)
            let admitted = (0..<3).map { number in
                Task { await failure(of: newAccount("user-\(number)"), addedTo: store) }
            }
            while store.waitingWrites < 3, !Task.isCancelled { await Task.yield() }
            #expect(await failure(of: newAccount("late"), addedTo: store) == .busy)
            let cuts = Task { while !Task.isCancelled { try await database.cutHeldCommit() } }
            for addition in admitted { #expect(await addition.value == nil) }
            cuts.cancel()
            _ = await cuts.result
            #expect(store.waitingWrites == 0)
            try await store.close()
            #expect(await failure(of: newAccount("late"), addedTo: store) == .closed)
        }
    }

    /// Another transaction locks the tables and does not end by itself.
    @Test("A write that waits too long for a lock fails as busy, and later writes succeed")
    func heldLockIsBusyAndTemporary() async throws {
        try await withDatabase { database in
            let settings = PostgresDriver.Settings(statementTimeout: .milliseconds(50), patience: .seconds(60))
            let store = try Store(at: PostgresAddress(database.url), settings: settings)
            let other = try LockHolder(database, "LOCK TABLE accounts")
            #expect(await failure(of: newAccount("alice"), addedTo: store) == .busy)
            try other.commit()
            #expect(await failure(of: newAccount("alice"), addedTo: store) == nil)
            try await store.close()
        }
    }

    /// Two transactions lock the same rows in opposite orders. PostgreSQL ends one of them, and the store runs it
    /// again.
    @Test("A deadlock between two rewraps makes neither of them fail")
    func deadlockIsNobodysConcern() async throws {
        try await withDatabase { database in
            let store = try Store(at: PostgresAddress(database.url), settings: .patient)
            for name in ["alice", "bob"] { try await store.add(newAccount(name)) }
            let rows = ["alice", "bob"].map { key(of: $0) }
            for round in 0..<5 as Range<UInt8> {
                async let first = store.rewrap(rows.map { ($0, [round]) }, under: "root-2")
                async let second = store.rewrap(rows.reversed().map { ($0, [round]) }, under: "root-3")
                let counts = try await [first, second]
                #expect(counts.sorted() == [0, 2])
                try await database.run("UPDATE account_keys SET root_id = 'root-1', wrapped = '\\x0001feff'")
            }
            try await store.close()
        }
    }

    /// A primary that has become a standby no longer takes writes.
    @Test("A server that no longer accepts writes is reported as read-only, and later writes succeed")
    func readOnlyIsSaid() async throws {
        try await withDatabase { database in
            let store = try Store(
                at: PostgresAddress(database.url), settings: .init(patience: .milliseconds(100)))
            try await store.add(newAccount("alice"))
            try await database.run("ALTER DATABASE \(database.name) SET default_transaction_read_only = on")
            try await database.endConnections()
            let cause = try #require(await failure(of: newAccount("bob"), addedTo: store))
            #expect("\(cause)".hasSuffix("session is read-only"))
            try await database.run(
                """
                SET TRANSACTION READ WRITE;
                ALTER DATABASE \(database.name) RESET default_transaction_read_only
                """)
            try await store.add(newAccount("bob"))
            try await store.close()
        }
    }
}
