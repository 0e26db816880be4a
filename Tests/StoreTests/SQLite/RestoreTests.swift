import Foundation
import Store
import Synchronization
import TestKit
import Testing

/// Tests of copies that replace a database, and of copies that are refused.
@Suite("Restoring a database from a copy", .timeLimit(.minutes(5))) struct RestoreTests {
    private let manager = FileManager.default

    @Test("Programs that have the database open continue with the restored contents")
    func thoseWhoHaveItOpenGoOn() async throws {
        try await withStore { first, path in
            let second = try Store(file: path)
            let other = try OtherProgram(path)
            try await first.add(newAccount("alice"))
            try await first.add(newAccount("bob"))
            try SQLiteBackup.write(of: path, to: path + ".copy")
            #expect(try await first.setPassword("changed", of: "alice", ifEpoch: 0))
            #expect(try await second.setRootKeyID("root-1", replacing: nil))
            try await second.add(newAccount("later"))
            #expect(try await other.value("SELECT count(*) FROM accounts") == "3")

            try restore(path, from: path + ".copy")
            #expect(try await other.value("SELECT count(*) FROM accounts") == "2")
            #expect(try await other.value("PRAGMA integrity_check") == "'ok'")
            for store in [first, second] {
                #expect(try await store.accounts(after: nil, limit: 9).map(\.name) == ["alice", "bob"])
                #expect(try await store.account(named: "alice")?.password == "$scrypt$of-alice")
                #expect(try await store.key(of: "bob", purpose: .signing, version: 1) == key(of: "bob", .signing))
                #expect(try await store.rootKeyID() == nil)
            }
            try await first.add(newAccount("carol"))
            #expect(try await second.account(named: "carol") != nil)
            #expect(
                try await other.ask("db.execute('UPDATE accounts SET epoch = 77 WHERE name = ?', ('carol',)).rowcount")
                    == "1"
            )
            #expect(try await first.account(named: "carol")?.epoch == 77)
            #expect(try names(beside: path).filter { $0.contains(".new") }.isEmpty)
            try await other.end()
            try await second.close()
        }
    }

    @Test("After a restore every epoch is higher than before it, so no old token becomes valid again")
    func noTokenComesBackToLife() async throws {
        try await withStore { store, path in
            for name in ["alice", "bob"] { try await store.add(newAccount(name)) }
            for epoch in 0..<5 as Range<Int64> { #expect(try await store.raiseEpoch(of: "bob", ifEpoch: epoch)) }
            try SQLiteBackup.write(of: path, to: path + ".copy")
            for epoch in 0..<3 as Range<Int64> { #expect(try await store.raiseEpoch(of: "alice", ifEpoch: epoch)) }
            try await store.add(newAccount("later"))
            for epoch in 0..<9 as Range<Int64> { #expect(try await store.raiseEpoch(of: "later", ifEpoch: epoch)) }

            try restore(path, from: path + ".copy")
            #expect(try await store.account(named: "alice")?.epoch == 4)
            #expect(try await store.account(named: "bob")?.epoch == 6)
            try await store.add(newAccount("later"))
            #expect(try await store.account(named: "later")?.epoch == 10)

            try restore(path, from: path + ".copy")
            #expect(try await store.account(named: "alice")?.epoch == 5)
            try await store.add(newAccount("later"))
            #expect(try #require(try await store.account(named: "later")).epoch > 10)
        }
    }

    /// A restore must not undo a rise of an epoch that was acknowledged while the restore ran.
    @Test("An epoch that is raised during a restore never falls")
    func epochsNeverFallMeanwhile() async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            try SQLiteBackup.write(of: path, to: path + ".copy")
            let rises = Atomic(0)
            let raiser = Task {
                var last: Int64 = 0
                while !Task.isCancelled {
                    let epoch = try #require(try await store.account(named: "alice")).epoch
                    #expect(epoch >= last)
                    last = try await store.raiseEpoch(of: "alice", ifEpoch: epoch) ? epoch + 1 : epoch
                    rises.add(1, ordering: .relaxed)
                }
            }
            for round in 1...20 {
                try restore(path, from: path + ".copy")
                while rises.load(ordering: .relaxed) < 20 * round, !Task.isCancelled { await Task.yield() }
            }
            raiser.cancel()
            try await raiser.value
        }
    }

    @Test("A lost database is created again from a copy, with higher epochs than it had")
    func lostDatabaseIsMadeAnew() async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            let (copy, lost) = (path + ".copy", path + ".lost")
            try SQLiteBackup.write(of: path, to: copy)
            for epoch in 0..<20 as Range<Int64> { #expect(try await store.raiseEpoch(of: "alice", ifEpoch: epoch)) }
            try restore(lost, from: copy)
            #expect(try manager.attributesOfItem(atPath: lost)[.posixPermissions] as? Int == 0o600)
            let restored = try Store(file: lost)
            try await restored.add(newAccount("bob"))
            #expect(try #require(try await restored.account(named: "alice")).epoch > 20)
            #expect(try #require(try await restored.account(named: "bob")).epoch > 20)
            #expect(try await restored.key(of: "alice", purpose: .signing, version: 1) == key(of: "alice", .signing))
            try await restored.close()
        }
    }

    @Test("A restore from a copy of the first schema migrates the database but not the copy", arguments: [true, false])
    func copyOfTheFirstMigrationIsBroughtUpToDate(isLive: Bool) async throws {
        try await withStore { store, path in
            let copy = try makeDirectory("old", beside: path) + "/old.db"
            try await FirstMigration.make(at: copy)
            let before = manager.contents(atPath: copy)
            let target = isLive ? path : path + ".lost"
            try restore(target, from: copy)
            #expect(manager.contents(atPath: copy) == before)
            let restored = try Store(file: target)
            #expect(try await restored.accounts(after: nil, limit: 9).map(\.name) == ["alice", "bob"])
            #expect(try await restored.account(named: "alice")?.state == .active)
            #expect(try #require(try await restored.account(named: "alice")).epoch > 2)
            #expect(try await restored.key(of: "alice", purpose: .encryption, version: 1) == key(of: "alice"))
            try await restored.close()
        }
    }

    @Test(
        "A copy of another application or a newer release is refused and changes nothing",
        arguments: [
            ("PRAGMA application_id = 1", StoreError.corrupt),
            ("INSERT INTO grdb_migrations VALUES ('999-future')", .schemaTooNew),
        ])
    func wrongCopyChangesNothing(sql: String, cause: StoreError) async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            let copy = path + ".copy"
            try SQLiteBackup.write(of: path, to: copy)
            try await execute(sql, on: copy)
            let before = bytes(ofFiles: path)
            #expect(throws: OpenError(path: copy, cause: cause)) { try restore(path, from: copy) }
            #expect(bytes(ofFiles: path) == before)
        }
    }

    @Test("A damaged copy is refused as corrupt, and the database keeps its accounts")
    func damageAnywhereInTheCopyIsFound() async throws {
        try await withStore { store, path in
            for number in 0..<100 { try await store.add(newAccount("user-\(number)")) }
            let copy = path + ".copy"
            try SQLiteBackup.write(of: path, to: copy)
            let file = try #require(FileHandle(forUpdatingAtPath: copy))
            let pages = try file.seekToEnd() / 4096
            for page in 2..<pages {
                try file.seek(toOffset: page * 4096)
                try file.write(contentsOf: Data(repeating: 0xA5, count: 84))
            }
            try file.close()
            #expect(throws: OpenError(path: copy, cause: .corrupt)) { try restore(path, from: copy) }
            #expect(try await store.accounts(after: nil, limit: 999).count == 100)
        }
    }

    @Test("Each restore keeps the replaced database in a file that only its owner can access")
    func replacedDatabaseIsKeptEachTime() async throws {
        try await withStore { store, path in
            let copy = path + ".copy"
            try SQLiteBackup.write(of: path, to: copy)
            var kept: [String] = []
            for name in ["alice", "bob", "carol"] {
                try await store.add(newAccount(name))
                kept.append(try #require(try restore(path, from: copy)))
            }
            #expect(Set(kept).count == 3)
            for (name, file) in zip(["alice", "bob", "carol"], kept) {
                #expect(try manager.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
                let other = try OtherProgram(file)
                #expect(try await other.value("SELECT group_concat(name) FROM accounts") == "'\(name)'")
                try await other.end()
            }
            #expect(try await store.accounts(after: nil, limit: 9).isEmpty)
        }
    }

    @Test("A copy that the caller refuses changes no file and leaves no file")
    func refusedCopyChangesNothingAndLeavesNothing() async throws {
        struct Refused: Error {}
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            #expect(try await store.setRootKeyID("root-1", replacing: nil))
            let copy = path + ".copy"
            try SQLiteBackup.write(of: path, to: copy)
            let before = (bytes(ofFiles: path), try names(beside: path))
            #expect(throws: Refused.self) {
                try SQLiteRestore.restore(path, from: copy) { keys, replaced in
                    var accounts: Set<String> = []
                    try keys.visit { accounts.insert("\($0.account) \($0.rootID)") }
                    #expect(accounts == ["alice root-1"])
                    #expect(try keys.rootID() == "root-1" && replaced == "root-1")
                    throw Refused()
                }
            }
            #expect(bytes(ofFiles: path) == before.0)
            #expect(try names(beside: path) == before.1)
        }
    }

    @Test("A restored database names the root key that the caller accepted")
    func restoredDatabaseNamesTheRootKeyThatWasAccepted() async throws {
        try await withStore { store, path in
            #expect(try await store.setRootKeyID("root-1", replacing: nil))
            try SQLiteBackup.write(of: path, to: path + ".copy")
            #expect(try await store.setRootKeyID("root-2", replacing: "root-1"))
            try restore(path, from: path + ".copy")
            #expect(try await store.rootKeyID() == "root-2")
        }
    }

    @Test(
        "A copy with another schema or broken references is refused and changes nothing",
        arguments: [
            "ALTER TABLE accounts ADD COLUMN more TEXT", "DROP TABLE invitations",
            "CREATE TRIGGER t AFTER INSERT ON accounts BEGIN DELETE FROM accounts; END",
            "PRAGMA foreign_keys = OFF; DELETE FROM accounts",
        ])
    func copyWithOtherTablesChangesNothing(sql: String) async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            let copy = path + ".copy"
            try SQLiteBackup.write(of: path, to: copy)
            try await execute(sql, on: copy)
            let names = try names(beside: path)
            #expect(throws: OpenError(path: copy, cause: .corrupt)) { try restore(path, from: copy) }
            #expect(try await store.accounts(after: nil, limit: 9).map(\.name) == ["alice"])
            #expect(try StoreTests.names(beside: path) == names)
        }
    }
}
