/// A database as the first migration made it, with two accounts in it.
enum FirstMigration {
    static func make(at path: String) async throws {
        try await execute(sqlite, on: path)
    }

    private static let accounts = """
        INSERT INTO accounts (id, name, password, epoch, created)
            VALUES (3, 'alice', '$scrypt$of-alice', 2, 1700000000), (7, 'bob', '$scrypt$b', 0, 1);
        """

    /// Undoes the later migrations of a PostgreSQL database.
    static let postgres = """
        DROP TABLE login_keys, invitations, login_failures, sign_ups, site, mark, key_uses, recovery_codes;
        DROP INDEX account_keys_root_id, account_keys_public;
        ALTER TABLE accounts DROP COLUMN state, DROP COLUMN kind, DROP COLUMN forget_at;
        ALTER TABLE account_keys DROP COLUMN state, DROP COLUMN used;
        DELETE FROM clavero_migrations WHERE identifier = '2-trust';
        \(accounts)
        INSERT INTO account_keys VALUES (3, 'encryption', 1, 'root-1', '\\x0001FEFF', NULL, 1700000001);
        """

    private static let sqlite = """
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
        \(accounts)
        INSERT INTO account_keys VALUES (3, 'encryption', 1, 'root-1', x'0001FEFF', NULL, 1700000001);
        """
}
