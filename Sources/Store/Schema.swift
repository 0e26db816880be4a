/// The tables, as SQL that engines share but for the words of a dialect.
enum Schema {
    /// What one engine calls the things that the engines name differently.
    struct Dialect: Sendable {
        let rowID: String
        let integer: String
        let bytes: String
        /// Ends a table's definition.
        let table: String
        /// Ends the definition of a table that is stored in the order of its primary key.
        let keyedTable: String

        /// STRICT tables know no BIGINT; their INTEGER has 64 bits.
        static let sqlite = Dialect(
            rowID: "INTEGER PRIMARY KEY", integer: "INTEGER", bytes: "BLOB",
            table: " STRICT", keyedTable: " STRICT, WITHOUT ROWID")
    }

    struct Migration: Sendable {
        /// Recorded in the database: never renamed, never reused.
        let name: String
        let sql: String
    }

    /// In the order in which they run. A release only appends, and only what the release before can live with.
    static func migrations(in dialect: Dialect) -> [Migration] {
        [
            Migration(name: "1-accounts", sql: accounts(in: dialect)),
            Migration(name: "2-trust", sql: trust(in: dialect)),
        ]
    }

    private static func accounts(in dialect: Dialect) -> String {
        """
        CREATE TABLE accounts (
            id \(dialect.rowID),
            name TEXT NOT NULL UNIQUE,
            password TEXT NOT NULL,
            epoch \(dialect.integer) NOT NULL DEFAULT 0,
            created \(dialect.integer) NOT NULL
        )\(dialect.table);
        CREATE TABLE account_keys (
            account_id \(dialect.integer) NOT NULL REFERENCES accounts (id),
            purpose TEXT NOT NULL CHECK (purpose IN ('encryption', 'signing')),
            version \(dialect.integer) NOT NULL CHECK (version BETWEEN 0 AND 4294967295),
            root_id TEXT NOT NULL,
            wrapped \(dialect.bytes) NOT NULL,
            public \(dialect.bytes),
            created \(dialect.integer) NOT NULL,
            PRIMARY KEY (account_id, purpose, version)
        )\(dialect.keyedTable);
        """
    }

    /// An account without password has '' for one. What failed to log in, in `login_failures`, need not be an account.
    private static func trust(in dialect: Dialect) -> String {
        """
        ALTER TABLE accounts ADD COLUMN state TEXT NOT NULL DEFAULT 'active'
            CHECK (state IN ('active', 'disabled', 'forgotten'));
        CREATE INDEX account_keys_root_id ON account_keys (root_id);
        CREATE TABLE login_keys (
            account_id \(dialect.integer) NOT NULL REFERENCES accounts (id),
            public \(dialect.bytes) NOT NULL CHECK (length(public) = 32),
            comment TEXT NOT NULL,
            created \(dialect.integer) NOT NULL,
            PRIMARY KEY (account_id, public)
        )\(dialect.keyedTable);
        CREATE TABLE invitations (
            digest \(dialect.bytes) NOT NULL PRIMARY KEY,
            created \(dialect.integer) NOT NULL,
            expires \(dialect.integer) NOT NULL
        )\(dialect.keyedTable);
        CREATE TABLE login_failures (
            account TEXT NOT NULL,
            network TEXT NOT NULL,
            failures \(dialect.integer) NOT NULL,
            last \(dialect.integer) NOT NULL,
            PRIMARY KEY (account, network)
        )\(dialect.keyedTable);
        CREATE INDEX login_failures_last ON login_failures (last);
        CREATE TABLE site (
            name TEXT NOT NULL PRIMARY KEY,
            value TEXT NOT NULL
        )\(dialect.keyedTable);
        """
    }
}
