import Foundation
import GRDB
import Store
import TestKit
import Testing

@Suite(.timeLimit(.minutes(5))) struct MarkTests {
    /// False when it changed nothing.
    typealias Write = @Sendable (SQLiteStore) async throws -> Bool

    /// Every kind of write, in an order in which each changes something.
    static let writes: [(what: String, write: Write)] = [
        ("an invitation", { try await $0.addInvitation([1], created: 1, expires: 2) == () }),
        ("a sign-up", { try await $0.add(newAccount("alice")) == () }),
        ("a password", { try await $0.setPassword("new", of: "alice", ifEpoch: 0) }),
        ("a new hash", { try await $0.rehash("newer", of: "alice", replacing: "new") }),
        ("an epoch", { try await $0.raiseEpoch(of: "alice", ifEpoch: 1) }),
        ("a state", { try await $0.setState(.disabled, of: "alice") }),
        ("the state before it", { try await $0.setState(.active, of: "alice") }),
        ("a log-in key", { try await $0.addLoginKey(loginKey, to: "alice", limit: 1) }),
        ("a log-in key less", { try await $0.removeLoginKey(loginKey.publicKey, of: "alice") }),
        ("a log-in failure", { try await $0.recordLogInFailure(of: "alice", from: "net", at: 1, forgetting: 0) == 1 }),
        ("no log-in failure", { try await $0.clearLogInFailures(of: "alice", from: "net") }),
        ("a root key", { try await $0.setRootKeyID("root-2", replacing: nil) }),
        ("a rewrap", { try await $0.rewrap([(key(of: "alice"), [9])], under: "root-2") == 1 }),
        ("a forgetting", { try await $0.forget("alice") == .erased }),
    ]

    private static let loginKey = LoginKey(publicKey: [UInt8](repeating: 3, count: 32), comment: "", created: 1)

    @Test func staysAsLongAsNobodyCommits() async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            let second = try SQLiteStore(path: path)
            let mark = try #require(store.mark)
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

    /// A probe asks this every few seconds, and what was read of accounts is kept all the same.
    @Test func staysWhenWritesAreExamined() async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            let (mark, commits) = (try #require(store.mark), store.commits)
            for _ in 0..<100 { try await store.examineWrites() }
            #expect(store.mark == mark && store.commits == commits)
            #expect(try #require(store.logSize) < 1 << 20)
            #expect(try await count("site", in: path) == 0)
            // What is written next is written over what was tried.
            try await store.add(newAccount("bob"))
            #expect(store.mark != mark)
            #expect(try await count("accounts", in: path) == 2)
            let other = try OtherProgram(path)
            #expect(try await other.value("PRAGMA integrity_check") == "'ok'")
            try await other.end()
        }
    }

    @Test func everyKindOfWriteMakesAnother() async throws {
        try await withStore { store, _ in
            try await expectNewMarks(of: [store], by: store)
        }
    }

    @Test func writeOfAnotherStoreMakesAnother() async throws {
        try await withStore { store, path in
            let second = try SQLiteStore(path: path)
            try await expectNewMarks(of: [store, second], by: second)
            try await second.close()
        }
    }

    @Test func writeOfAnotherProcessMakesAnotherBeforeItIsAcknowledged() async throws {
        try await withStore { store, path in
            let other = try OtherProgram(path)
            var seen = [try #require(store.mark)]
            for number in 0..<50 {
                let insertion = "db.execute(\"INSERT INTO site VALUES ('\(number)', 'x')\").rowcount"
                #expect(try await other.ask(insertion) == "1")
                try note(store, in: &seen, after: "insertion \(number)")
            }
            try await other.end()
        }
    }

    /// The log begins anew, and with it all that is counted by its frames.
    @Test func noMarkComesBackWhenTheLogIsEmptied() async throws {
        try await withStore { store, path in
            var seen = [try #require(store.mark)]
            for number in 0..<20 {
                try await store.add(newAccount("user-\(number)"))
                try note(store, in: &seen, after: "sign-up \(number)")
                try await execute("PRAGMA wal_checkpoint(TRUNCATE)", on: path)
                // Nothing was changed: it may be the last one still, but none from before that.
                let mark = try #require(store.mark)
                #expect(!seen.dropLast().contains(mark))
                #expect(try await store.account(named: "user-\(number)") != nil)
            }
        }
    }

    @Test func rollBackTakesNothingFromTheNextCommit() async throws {
        try await withStore { store, path in
            let other = try OtherProgram(path)
            try await store.add(newAccount("alice"))
            var seen = [try #require(store.mark)]
            for epoch in 0..<10 as Range<Int64> {
                for statement in ["BEGIN IMMEDIATE", "INSERT INTO site VALUES ('a', 'b')", "ROLLBACK"] {
                    _ = try await other.ask("db.execute(\"\(statement)\").rowcount")
                }
                #expect(try await store.raiseEpoch(of: "alice", ifEpoch: epoch))
                try note(store, in: &seen, after: "epoch \(epoch)")
            }
            try await other.end()
        }
    }

    @Test func isNoneWhenClosed() async throws {
        try await withStore { store, path in
            let second = try SQLiteStore(path: path)
            #expect(store.mark != nil)
            try await store.close()
            #expect(store.mark == nil)
            #expect(second.mark != nil)
            try await second.close()
            #expect(second.mark == nil)
        }
    }

    @Test(arguments: ["", "-wal", "-shm"]) func isNoneWhileAFileIsAway(suffix: String) async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            let mark = try #require(store.mark)
            try FileManager.default.moveItem(atPath: path + suffix, toPath: path + ".away")
            while store.mark != nil, !Task.isCancelled { await Task.yield() }
            #expect(store.mark == nil)
            try FileManager.default.moveItem(atPath: path + ".away", toPath: path + suffix)
            while store.mark == nil, !Task.isCancelled { await Task.yield() }
            #expect(store.mark == mark)
        }
    }

    /// Each write, once it has returned, has given all of the stores a mark that none of them has had.
    private func expectNewMarks(of stores: [SQLiteStore], by writer: SQLiteStore) async throws {
        var seen = try stores.map { [try #require($0.mark)] }
        for (what, write) in Self.writes {
            #expect(try await write(writer), "\(what)")
            for (index, store) in stores.enumerated() { try note(store, in: &seen[index], after: what) }
        }
    }

    private func note(_ store: SQLiteStore, in seen: inout [StoreMark], after what: String) throws {
        let mark = try #require(store.mark)
        #expect(!seen.contains(mark), "\(what)")
        #expect(store.mark == mark, "\(what)")
        seen.append(mark)
    }
}
