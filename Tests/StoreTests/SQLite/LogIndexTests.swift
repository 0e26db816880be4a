import Foundation
import GRDB
import Store
import TestKit
import Testing

/// Tests that a store knows the mark on SQLite without asking, as long as no program commits a transaction.
@Suite("Knowing the mark on SQLite without asking", .timeLimit(.minutes(5))) struct LogIndexTests {
    @Test("The store knows the mark without asking until a transaction commits")
    func staysAsLongAsNobodyCommits() async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            let second = try Store(file: path)
            #expect(store.mark == nil && second.mark == nil)
            let mark = try #require(try await store.askMark())
            #expect(try await second.askMark() == mark)
            #expect(store.mark == mark && second.mark == mark)
            for reader in [store, second] {
                #expect(try await reader.account(named: "alice") != nil)
                #expect(try await reader.accounts(after: nil, limit: 9).count == 1)
                #expect(try await reader.key(of: "alice", purpose: .signing, version: 1) != nil)
            }
            #expect(try await count("accounts", in: path) == 1)
            #expect(store.mark == mark && second.mark == mark)
            try await second.close()
            #expect(store.mark == mark)
        }
    }

    @Test("After every kind of committed write, the store must ask for the mark again")
    func everyKindOfWriteHasItAskedForAgain() async throws {
        try await withStore { store, path in
            let second = try Store(file: path)
            for (what, write) in MarkTests.additions + MarkTests.changes {
                let marks = [try await store.askMark(), try await second.askMark()]
                #expect([store.mark, second.mark] == marks)
                #expect(try await write(second), "\(what)")
                // A write that only tests whether writing is possible commits nothing.
                let isKept = what == "a write to try it"
                #expect([store.mark, second.mark] == (isKept ? marks : [nil, nil]), "\(what)")
            }
            try await second.close()
        }
    }

    @Test("When a write of another process is acknowledged, the store no longer knows the mark")
    func writeOfAnotherProcessHasItAskedForBeforeItIsAcknowledged() async throws {
        try await withStore { store, path in
            let other = try OtherProgram(path)
            var seen = [try #require(try await store.askMark())]
            for number in 0..<50 {
                let insertion = "db.execute(\"INSERT INTO site VALUES ('\(number)', 'x')\").rowcount"
                #expect(try await other.ask(insertion) == "1")
                #expect(store.mark == nil)
                #expect(try await store.askMark() == seen.last)
                let renewal = "db.execute(\"UPDATE mark SET value = x'\(1000 + number)'\").rowcount"
                #expect(try await other.ask(renewal) == "1")
                try await note(store, in: &seen, after: "insertion \(number)")
            }
            try await other.end()
        }
    }

    /// SQLite starts the log again and counts its frames from the beginning.
    @Test("A store reuses no old mark after the log is emptied and started again")
    func noHeaderComesBackWhenTheLogIsEmptied() async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            var seen = [try #require(try await store.askMark())]
            for epoch in 0..<20 as Range<Int64> {
                #expect(try await store.raiseEpoch(of: "alice", ifEpoch: epoch))
                try await note(store, in: &seen, after: "epoch \(epoch)")
                try await execute("PRAGMA wal_checkpoint(TRUNCATE)", on: path)
                #expect(try await store.askMark() == seen.last)
            }
        }
    }

    @Test("After a rollback in another program, the next commit still makes the store ask again")
    func rollBackTakesNothingFromTheNextCommit() async throws {
        try await withStore { store, path in
            let other = try OtherProgram(path)
            try await store.add(newAccount("alice"))
            var seen = [try #require(try await store.askMark())]
            for epoch in 0..<10 as Range<Int64> {
                for statement in ["BEGIN IMMEDIATE", "INSERT INTO site VALUES ('a', 'b')", "ROLLBACK"] {
                    _ = try await other.ask("db.execute(\"\(statement)\").rowcount")
                }
                #expect(try await store.raiseEpoch(of: "alice", ifEpoch: epoch))
                try await note(store, in: &seen, after: "epoch \(epoch)")
            }
            try await other.end()
        }
    }

    @Test("A closed store knows no mark, and another store of the database keeps its mark")
    func isNoneWhenClosed() async throws {
        try await withStore { store, path in
            let second = try Store(file: path)
            for store in [store, second] { #expect(try await store.askMark() != nil) }
            try await store.close()
            #expect(store.mark == nil)
            await #expect(throws: StoreError.closed) { try await store.askMark() }
            #expect(second.mark != nil)
            try await second.close()
            #expect(second.mark == nil)
        }
    }

    @Test("The store knows no mark while a file of the database is moved away", arguments: ["", "-wal", "-shm"])
    func isNoneWhileAFileIsAway(suffix: String) async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            let mark = try #require(try await store.askMark())
            try FileManager.default.moveItem(atPath: path + suffix, toPath: path + ".away")
            while store.mark != nil, !Task.isCancelled { await Task.yield() }
            await #expect(throws: StoreError.missing) { try await store.askMark() }
            try FileManager.default.moveItem(atPath: path + ".away", toPath: path + suffix)
            while store.mark == nil, !Task.isCancelled { await Task.yield() }
            #expect(store.mark == mark)
        }
    }

    /// Expects that the store does not reuse its last mark, and that the database has a new one.
    private func note(_ store: Store, in seen: inout [StoreMark], after what: String) async throws {
        #expect(store.mark == nil, "\(what)")
        let mark = try #require(try await store.askMark())
        #expect(!seen.contains(mark), "\(what)")
        #expect(store.mark == mark, "\(what)")
        seen.append(mark)
    }
}
