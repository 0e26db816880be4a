import Foundation
import Postgres
import Store
import TestKit
import Testing

/// Every copy of a database keeps the values of every column.
@Suite("Values that every copy keeps", .timeLimit(.minutes(5))) struct CarriedValueTests {
    private static let loginKey = LoginKey(
        algorithm: .ed25519, publicKey: (0..<1024).map { UInt8(truncatingIfNeeded: $0) }, comment: "ops", created: 5)

    private static let lastUse: Int64 = 1_800_000_000

    private static let keys = KeyPurpose.allCases.map { key(of: "ops", $0) }

    /// Adds an account of a role, with a key of every purpose and a log-in key of the largest size.
    private func fill(_ store: Store) async throws {
        try await store.add(
            NewAccount(name: "ops", kind: .role, keys: Self.keys, created: 7, loginKey: Self.loginKey))
        try await store.add(newAccount("alice"))
        _ = try await store.addKeys([.encryption], to: "alice") { key(of: "alice", $0, version: $1) }
        _ = try await store.retireKeys(below: 2, .encryption, of: "alice")
        try await store.recordUses(
            [KeyUse(account: "alice", purpose: .encryption, version: 1, uses: 3)], at: Self.lastUse)
        #expect(try await store.setRootKeyID("root-1", replacing: nil))
    }

    private func check(_ store: Store, keys: [AccountKey] = keys) async throws {
        let ops = try #require(try await store.account(named: "ops"))
        #expect(ops.kind == .role && ops.state == .active && ops.created == 7)
        #expect(try await store.account(named: "alice")?.kind == .person)
        let made = key(of: "alice").created
        #expect(
            try await store.keyVersions(of: "alice", at: Self.lastUse) == [
                KeyVersion(
                    purpose: .encryption, version: 1, state: .retired, created: made, used: Self.lastUse, uses: 3),
                KeyVersion(purpose: .encryption, version: 2, created: made),
                KeyVersion(purpose: .signing, version: 1, created: made),
            ])
        let found = try #require(try await store.find(accounts: [], keysOf: ["ops"]).keys["ops"])
        #expect(found.count == keys.count && keys.allSatisfy(found.contains))
        #expect(try await store.loginKeys(of: "ops") == [Self.loginKey])
    }

    @Test("A backup and its restore keep all values of accounts and keys", arguments: [true, false])
    func byBackupAndRestore(isLive: Bool) async throws {
        try await withStore { store, path in
            try await fill(store)
            try SQLiteBackup.write(of: path, to: path + ".copy")
            let target = isLive ? path : path + ".lost"
            _ = try await store.forget("ops")
            try restore(target, from: path + ".copy")
            let restored = try Store(file: target)
            try await check(restored)
            try await restored.close()
        }
    }

    @Test("Rewrapping keeps all other values of accounts and keys", arguments: Engine.allCases)
    func byRewrapping(on engine: Engine) async throws {
        try await withStore(on: engine) { store, _ in
            try await fill(store)
            let old = try await store.keys(notUnder: "root-2", limit: 99).filter { $0.account == "ops" }
            #expect(old.count == KeyPurpose.allCases.count)
            #expect(try await store.rewrap(old.map { ($0, [9]) }, under: "root-2") == old.count)
            let new = old.map { key in
                AccountKey(
                    account: key.account, purpose: key.purpose, version: key.version, rootID: "root-2", wrapped: [9],
                    publicKey: key.publicKey, created: key.created)
            }
            try await check(store, keys: new)
        }
    }

    @Test(
        "Copying to another database keeps all values, and later accounts get new ids",
        arguments: [(Engine.sqlite, Engine.postgres), (.postgres, .sqlite), (.sqlite, .sqlite)])
    func byCopying(from source: Engine, to target: Engine) async throws {
        try await withDirectory { directory in
            let (old, new) = (try await database(source, directory), try await database(target, directory + "/new"))
            try old.create()
            let store = try old.open()
            try await fill(store)
            // A restore leaves this row, which sets the first epoch of later accounts.
            try await old.change("INSERT INTO site (name, value) VALUES ('first-epoch', '9')")
            let last = try #require(try await store.account(named: "alice")).id
            try await store.close()
            try copy(old, new)
            let copied = try new.open()
            try await check(copied)
            // Accounts that are added later get new ids, and epochs that begin at the number from the restore.
            try await copied.add(newAccount("bob"))
            let bob = try #require(try await copied.account(named: "bob"))
            #expect(bob.id > last && bob.epoch == 9)
            try await copied.close()
        }
    }

    private func database(_ engine: Engine, _ path: String) async throws -> TestDatabase {
        switch engine {
        case .sqlite: TestDatabase(file: path + ".db")
        case .postgres: TestDatabase(database: try await PostgresCluster.shared.database())
        }
    }

    /// Copies a site from one database to another. Both databases are closed when this returns.
    private func copy(_ old: TestDatabase, _ new: TestDatabase) throws {
        let (source, target) = (try old.source(), try new.target(from: "root-1"))
        if try target.origin() == nil { #expect(try target.begin(from: "root-1")) }
        for table in SiteTable.all {
            var rows: [[SQLValue]] = []
            try source.rows(of: table, after: nil, batch: 3) { rows += $0 }
            try target.insert(rows, into: table)
            var copied: [[SQLValue]] = []
            try target.rows(of: table, after: nil, batch: 3) { copied += $0 }
            #expect(copied == rows, "\(table.name)")
        }
        try target.finish()
    }
}
