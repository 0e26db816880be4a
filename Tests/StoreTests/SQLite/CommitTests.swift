import GRDB
import Store
import TestKit
import Testing

@Suite("Shared commits", .timeLimit(.minutes(5))) struct CommitTests {
    @Test("Two hundred sign-ups that arrive together need at most two commits")
    func concurrentWritesShareCommits() async throws {
        try await withStore { store, path in
            let before = store.sqlite.commits
            let accounts = (0..<200).map { newAccount("user-\($0)") }
            let failures = try await addTogether(accounts, to: store, at: path)
            #expect(failures.allSatisfy { $0 == nil })
            #expect((1...2).contains(store.sqlite.commits - before))
            #expect(store.waitingWrites == 0)
            for account in accounts {
                let stored = try await store.account(named: account.name)
                #expect(stored?.password == account.password)
            }
        }
    }

    @Test("A name that exists is refused, and its neighbours in the batch are stored")
    func duplicateDoesNotFailItsNeighbours() async throws {
        try await withStore { store, path in
            try await store.add(newAccount("taken"))
            let names = ["alice", "taken", "bob", "carol"]
            let failures = try await addTogether(names.map { newAccount($0) }, to: store, at: path)
            #expect(failures == [nil, .exists, nil, nil])
            #expect(try await store.currentKeys(of: names, purpose: .signing).count == 4)
        }
    }

    @Test("If a batch contains the same name five times, one sign-up succeeds")
    func oneOfTheSameNameWinsInABatch() async throws {
        try await withStore { store, path in
            let failures = try await addTogether((0..<5).map { _ in newAccount("alice") }, to: store, at: path)
            #expect(failures.count { $0 == nil } == 1)
            #expect(failures.count { $0 == .exists } == 4)
        }
    }

    @Test("A write that fails is undone alone, and its neighbours in the batch are stored")
    func failedWriteIsUndoneAlone() async throws {
        try await withStore { store, path in
            try await execute(trigger(raising: "ABORT"), on: path)
            let failures = try await addTogether(["alice", "bomb", "bob"].map { newAccount($0) }, to: store, at: path)
            #expect(failures[0] == nil && failures[2] == nil)
            let reason = try #require(failures[1])
            #expect("\(reason)".contains("bang"))
            #expect(try await store.account(named: "bob") != nil)
            #expect(try await store.account(named: "bomb") == nil)
        }
    }

    /// If the disk is full or fails, SQLite undoes the whole transaction, not only the statement.
    @Test("No write is acknowledged if the transaction that contains it is lost")
    func nothingIsAcknowledgedWhenTheTransactionIsLost() async throws {
        try await withStore { store, path in
            try await execute(trigger(raising: "ROLLBACK"), on: path)
            // The writes may be in two transactions. In some round the bomb shares one with another write.
            var lost = 0
            for round in 0..<50 where lost == 0 {
                let names = ["alice-\(round)", "bomb", "bob-\(round)", "carol-\(round)"]
                let failures = try await addTogether(names.map { newAccount($0) }, to: store, at: path)
                for (name, failure) in zip(names, failures) {
                    let stored = try await store.account(named: name)
                    #expect((stored != nil) == (failure == nil))
                    #expect(failure.map { "\($0)".contains("bang") } ?? true, "the cause, not what followed from it")
                }
                #expect(failures[1] != nil)
                lost = failures.count { $0 != nil } - 1
            }
            #expect(lost > 0)
            try await store.add(newAccount("later"))
        }
    }

    @Test("A write is refused as busy while the queue is full, and accepted afterwards")
    func queueIsBounded() async throws {
        try await withStore(.init(busyTimeout: .seconds(600), waitingWrites: 3)) { store, path in
            let other = try stranger(to: path)
            try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE") }
            let admitted = (0..<3).map { number in
                Task { await failure(of: newAccount("user-\(number)"), addedTo: store) }
            }
            await untilWaiting(3, in: store)
            #expect(await failure(of: newAccount("late"), addedTo: store) == .busy)
            try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
            for write in admitted { #expect(await write.value == nil) }
            #expect(await failure(of: newAccount("late"), addedTo: store) == nil)
        }
    }

    private func trigger(raising action: String) -> String {
        """
        CREATE TRIGGER bomb BEFORE INSERT ON account_keys
        WHEN (SELECT name FROM accounts WHERE id = NEW.account_id) = 'bomb'
        BEGIN SELECT RAISE(\(action), 'bang'); END
        """
    }
}
