import Foundation

/// A database as release 1 made it, with two accounts in it.
enum Release1 {
    static func make(at path: String) async throws {
        try await execute(sql, on: path)
    }

    private static let sql = """
        PRAGMA journal_mode = WAL;
        PRAGMA application_id = 1668047222;
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        CREATE TABLE accounts (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            password TEXT NOT NULL,
            epoch INTEGER NOT NULL DEFAULT 0,
            created INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE account_keys (
            account_id INTEGER NOT NULL REFERENCES accounts (id),
            purpose TEXT NOT NULL,
            version INTEGER NOT NULL,
            root_id TEXT NOT NULL,
            wrapped BLOB NOT NULL,
            public BLOB,
            created INTEGER NOT NULL,
            PRIMARY KEY (account_id, purpose, version)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO grdb_migrations VALUES ('1-accounts');
        INSERT INTO accounts VALUES (3, 'alice', '$scrypt$of-alice', 2, 1700000000), (7, 'bob', '$scrypt$b', 0, 1);
        INSERT INTO account_keys VALUES (3, 'encryption', 1, 'root-1', x'0001FEFF', NULL, 1700000001);
        """
}
