import Postgres
import Store
import Synchronization
import TestKit
import Testing

/// Tests of writes that wait for a lock. Such a write must read again the row on which its decision depends.
@Suite("Writes that wait for a lock on PostgreSQL", .timeLimit(.minutes(1))) struct PostgresLockTests {
    /// Runs `body` while another transaction holds a lock that the body's write needs, and then commits that
    /// transaction. Returns the value of `body`.
    private func waiting<Value: Sendable>(
        for sql: String, _ body: @escaping @Sendable (Store) async throws -> Value
    ) async throws -> Value {
        let database = try await PostgresCluster.shared.database()
        let address = try PostgresAddress(database.url)
        try PostgresDriver.create(at: address)
        let store = try Store(at: address, settings: .patient)
        try await store.add(newAccount("alice"))
        let other = try LockHolder(database, sql)
        let isOver = Mutex(false)
        let write = Task {
            defer { isOver.withLock { $0 = true } }
            return try await body(store)
        }
        let waiters = """
            SELECT pid FROM pg_stat_activity WHERE datname = '\(database.name)' AND wait_event_type = 'Lock'
            """
        while try await database.run(waiters).isEmpty, !isOver.withLock({ $0 }) {}
        let hasNotWaited = isOver.withLock { $0 }
        #expect(!hasNotWaited)
        try other.commit()
        let value = try await write.value
        try await store.close()
        return value
    }

    @Test("A sign-up that waits for a change of the root key is refused afterwards")
    func signUpSeesTheNewRootKey() async throws {
        let failure = try await waiting(for: "UPDATE site SET value = 'root-2' WHERE name = 'root-key'") { store in
            await StoreTests.failure(of: newAccount("bob"), addedTo: store)
        }
        #expect(failure == .rootChanged)
    }

    @Test("A log-in key that another transaction adds counts towards the limit")
    func keyOfAnotherCounts() async throws {
        let key = "INSERT INTO login_keys SELECT id, decode(repeat('07', 32), 'hex'), 'ed25519', 'c', 0 FROM accounts"
        let isAdded = try await waiting(for: "SELECT id FROM accounts FOR UPDATE; \(key)") { store in
            try await store.addLoginKey(loginKey(1), to: "alice", limit: 1)
        }
        #expect(!isAdded)
    }

    /// If the store waited for rows that other transactions have locked, two servers that drop old counts could wait
    /// for each other.
    @Test("A count that another transaction updates is neither dropped nor waited for")
    func failureThatIsCountedMeanwhileIsNeitherOldNorWaitedFor() async throws {
        let database = try await PostgresCluster.shared.database()
        let address = try PostgresAddress(database.url)
        try PostgresDriver.create(at: address)
        let store = try Store(at: address, settings: .patient)
        let rows = "INSERT INTO login_failures VALUES ('bob', 'net', 3, 5), ('carol', 'net', 3, 5)"
        let other = try LockHolder(
            database, "\(rows); COMMIT; BEGIN; UPDATE login_failures SET last = 50 WHERE account = 'bob'")
        _ = try await store.recordLogInFailure(of: "alice", from: "net", at: 60, forgetting: 10)
        try other.commit()
        #expect(try await store.logInFailures(of: "bob", from: "net") == LogInFailures(count: 3, time: 50))
        #expect(try await store.logInFailures(of: "carol", from: "net") == nil)
        try await store.close()
    }
}
