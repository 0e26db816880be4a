import Foundation
import GRDB
import Store
import TestKit
import Testing

@Suite struct MigrationTests {
    private let manager = FileManager.default

    @Test func accountsOfRelease1AreActive() async throws {
        try await withDirectory { directory in
            let path = directory + "/clavero.db"
            try await Release1.make(at: path)
            let store = try Store(file: path)
            let alice = Account(id: 3, name: "alice", password: "$scrypt$of-alice", epoch: 2, created: 1_700_000_000)
            #expect(try await store.accounts(after: nil, limit: 9).map(\.name) == ["alice", "bob"])
            #expect(try await store.account(named: "alice") == alice)
            #expect(alice.state == .active && alice.kind == .person)
            #expect(try await store.key(of: "alice", purpose: .encryption, version: 1) == key(of: "alice"))
            #expect(try await store.rootKeyID() == nil)
            #expect(try await store.setState(.disabled, of: "bob"))
            try await store.add(newAccount("carol"))
            try await store.close()
        }
    }

    /// A server of release 1 that still runs goes on with the migrated database.
    @Test func statementsOfRelease1WorkOn() async throws {
        try await withStore { store, path in
            try await execute(
                """
                INSERT INTO accounts (name, password, created) VALUES ('old', '$scrypt$', 5);
                INSERT INTO account_keys (account_id, purpose, version, root_id, wrapped, public, created)
                SELECT id, 'signing', 1, 'root-1', x'0001FEFF', x'07', 6 FROM accounts WHERE name = 'old'
                """, on: path)
            #expect(try await store.account(named: "old")?.state == .active)
            #expect(try await store.key(of: "old", purpose: .signing, version: 1)?.publicKey == [7])
        }
    }

    @Test(arguments: [
        "UPDATE accounts SET kind = NULL", "INSERT INTO login_keys VALUES (1, x'07', NULL, 'none', 0)",
        "INSERT INTO login_keys VALUES (99, zeroblob(32), 'ed25519', 'nobody''s', 0)",
        "INSERT INTO site VALUES ('root-key', NULL)",
    ])
    func schemaRefuses(sql: String) async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            await #expect(throws: DatabaseError.self) { try await execute(sql, on: path) }
        }
    }

    /// Somebody has made a table anew without the schema, and its rows are of other types.
    @Test(arguments: [
        ("login_keys", "account_id, algorithm, public, comment, created", "1, 'ed25519', 'text', 'c', 0"),
        ("login_keys", "account_id, algorithm, public, comment, created", "1, 'ed25519', x'07', x'08', 0"),
        ("login_failures", "account, network, failures, last", "'alice', 'net', 'many', 0"),
        ("login_failures", "account, network, failures, last", "'alice', 'net', 1, NULL"),
        ("site", "name, value", "'root-key', x'07'"),
        ("accounts", "id, name, password, epoch, created, state, kind", "1, 'alice', x'07', 0, 0, 'active', 'role'"),
        (
            "account_keys", "account_id, purpose, version, root_id, wrapped, public, created",
            "1, 'signing', 1, 'r', 5, x'', 0"
        ),
    ])
    func rowsOfWrongTypesAreCorrupt(table: String, columns: String, values: String) async throws {
        try await withStore { store, path in
            if table != "accounts" { try await store.add(newAccount("alice")) }
            try await execute(
                """
                PRAGMA foreign_keys = OFF; DROP TABLE \(table);
                CREATE TABLE \(table) (\(columns)); INSERT INTO \(table) VALUES (\(values))
                """, on: path)
            await #expect(throws: StoreError.corrupt) {
                switch table {
                case "login_keys": _ = try await store.loginKeys(of: "alice")
                case "login_failures": _ = try await store.logInFailures(of: "alice", from: "net")
                case "site": _ = try await store.rootKeyID()
                case "accounts": _ = try await store.accounts(after: nil, limit: 1)
                default: _ = try await store.keys(notUnder: "other", limit: 1)
                }
            }
        }
    }

    @Test func readsWriteNothing() async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            let (commits, before) = (store.sqlite.commits, [path, path + "-wal"].map(manager.contents))
            _ = try await store.accounts(after: "a", limit: 5)
            _ = try await store.account(named: "alice")
            _ = try await store.loginKeys(of: "alice")
            _ = try await store.logInFailures(of: "alice", from: "net")
            _ = try await store.rootKeyID()
            _ = try await store.keys(notUnder: "root-2", limit: 5)
            _ = try await store.keyCounts()
            #expect(store.sqlite.commits == commits)
            #expect([path, path + "-wal"].map(manager.contents) == before)
        }
    }
}
