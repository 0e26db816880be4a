import Foundation
import Store
import TestKit
import Testing

/// Tests of rows as SQLite stores them.
@Suite("Rows in SQLite") struct RowTests {
    private let manager = FileManager.default

    /// In this test another program has made a table without the schema's constraints, so its rows have values of
    /// wrong types.
    @Test(
        "A row with a value of the wrong type is reported as corrupt",
        arguments: [
            ("login_keys", "account_id, algorithm, public, comment, created", "1, 'ed25519', 'text', 'c', 0"),
            ("login_keys", "account_id, algorithm, public, comment, created", "1, 'ed25519', x'07', x'08', 0"),
            ("login_failures", "account, network, failures, last", "'alice', 'net', 'many', 0"),
            ("login_failures", "account, network, failures, last", "'alice', 'net', 1, NULL"),
            ("site", "name, value", "'root-key', x'07'"),
            (
                "accounts", "id, name, password, epoch, created, state, kind, forget_at",
                "1, 'alice', x'07', 0, 0, 'active', 'role', NULL"
            ),
            (
                "account_keys", "account_id, purpose, version, root_id, wrapped, public, created, state, used",
                "1, 'signing', 1, 'r', 5, x'', 0, 'live', 0"
            ),
            ("recovery_codes", "account_id, digest, kind, created, expires", "1, x'07', 'gift', 0, NULL"),
            (
                "account_keys", "account_id, purpose, version, root_id, wrapped, public, created, state, used",
                "1, 'signing', 1, 'r', x'05', x'', 0, 'lively', 0"
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
                case "recovery_codes": _ = try await store.setPassword("new", of: "alice", usingUp: [7], at: 0)
                case "site": _ = try await store.rootKeyID()
                case "accounts": _ = try await store.accounts(after: nil, limit: 1)
                default: _ = try await store.keys(notUnder: "other", limit: 1)
                }
            }
        }
    }

    @Test("Reads commit nothing and leave the files unchanged")
    func readsWriteNothing() async throws {
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
