import Foundation
import Store
import TestKit
import Testing

/// Tests of copies that are made of a database.
@Suite("Copies of a database", .timeLimit(.minutes(5))) struct BackupTests {
    private let manager = FileManager.default

    @Test("The copy of a live database is one complete file that only its owner can access")
    func copyOfALiveDatabaseIsOneFileOfItsOwners() async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            let copy = try makeDirectory("backup", beside: path) + "/copy.db"
            try SQLiteBackup.write(of: path, to: copy)
            #expect(try manager.attributesOfItem(atPath: copy)[.posixPermissions] as? Int == 0o600)
            #expect(try names(beside: copy) == ["copy.db"])
            #expect(try names(beside: path) == ["backup", "clavero.db", "clavero.db-shm", "clavero.db-wal"])
            try await store.add(newAccount("later"))

            let other = try OtherProgram(copy)
            #expect(try await other.value("PRAGMA journal_mode") == "'delete'")
            #expect(try await other.value("PRAGMA integrity_check") == "'ok'")
            #expect(try await other.value("SELECT group_concat(name) FROM accounts") == "'alice'")
            try await other.end()
            let opened = try Store(file: copy)
            #expect(try await opened.account(named: "alice") == store.account(named: "alice"))
            #expect(try await opened.key(of: "alice", purpose: .encryption, version: 1) == key(of: "alice"))
            try await opened.close()
        }
    }

    @Test("A copy does not overwrite an existing file")
    func copyOverwritesNothing() async throws {
        try await withStore { store, path in
            let copy = path + ".copy"
            try Data("mine".utf8).write(to: URL(fileURLWithPath: copy))
            #expect(throws: OpenError(path: copy, cause: .exists)) { try SQLiteBackup.write(of: path, to: copy) }
            #expect(manager.contents(atPath: copy) == Data("mine".utf8))
        }
    }

    @Test("The error of a backup or a restore names the path that is missing")
    func causeNamesThePathThatItIsAbout() async throws {
        try await withStore { store, path in
            let none = path + ".none"
            #expect(throws: OpenError(path: none, cause: .missing)) {
                try SQLiteBackup.write(of: none, to: path + ".c")
            }
            #expect(throws: OpenError(path: none, cause: .missing)) { try restore(path, from: none) }
            let nowhere = path + ".d/c"
            #expect(throws: OpenError(path: nowhere, cause: .missing)) { try SQLiteBackup.write(of: path, to: nowhere) }
            #expect(throws: OpenError(path: nowhere, cause: .missing)) { try restore(nowhere, from: path) }
            let names = try names(beside: path)
            #expect(names == ["clavero.db", "clavero.db-shm", "clavero.db-wal"])
        }
    }

    /// The copy contains every write that was acknowledged before the copy began. If it contains a later write, it
    /// also contains all writes before that one.
    @Test("A copy shows the state of the database at one moment, also during writes")
    func copyIsOfOneMoment() async throws {
        try await withStore { store, path in
            for number in 100..<110 { try await store.add(newAccount("user-\(number)")) }
            let writer = Task {
                for number in 110..<200 { try await store.add(newAccount("user-\(number)")) }
            }
            for round in 0..<5 { try SQLiteBackup.write(of: path, to: path + ".copy\(round)") }
            try await writer.value
            for round in 0..<5 {
                let copy = try Store(file: path + ".copy\(round)")
                let accounts = try await copy.accounts(after: nil, limit: 999).map(\.name)
                #expect(accounts.count >= 10)
                #expect(accounts == (100..<100 + accounts.count).map { "user-\($0)" })
                #expect(try await copy.keyCounts() == ["root-1": 2 * accounts.count])
                try await copy.close()
            }
        }
    }

    @Test(
        "A copy is refused if its path is that of the database's log, index or journal",
        arguments: ["-wal", "-shm", "-journal"])
    func copyIsNoFileOfTheDatabase(suffix: String) async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            try await store.close()
            for file in ["-wal", "-shm"] { try? manager.removeItem(atPath: path + file) }
            #expect(throws: OpenError.self) { try SQLiteBackup.write(of: path, to: path + suffix) }
            #expect(!manager.fileExists(atPath: path + suffix))
        }
    }
}
