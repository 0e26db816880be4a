/// The tables of a database.
///
/// No column has a CHECK: SQLite cannot alter one, so it would refuse what a later release stores. The code refuses what
/// it does not know instead, when it reads a row (`StoreError.corrupt`) and when it is asked to write one.
package enum Schema {
    package struct Migration: Sendable {
        /// The name of the migration, which every database records. It is never changed, and never used again.
        package let name: String
        package let text: SQLText
    }

    /// The migrations, in the order in which they run. A release only appends to them, and only what the release before
    /// can live with.
    package static let migrations = [
        Migration(name: "1-accounts", text: accounts), Migration(name: "2-trust", text: trust),
    ]

    private static let accounts: SQLText = """
        CREATE TABLE accounts (
            id \(.rowID),
            name \(.name) NOT NULL UNIQUE,
            password TEXT NOT NULL,
            epoch \(.integer) NOT NULL DEFAULT 0,
            created \(.integer) NOT NULL
        )\(.table);
        CREATE TABLE account_keys (
            account_id \(.integer) NOT NULL REFERENCES accounts (id),
            purpose TEXT NOT NULL,
            version \(.integer) NOT NULL,
            root_id TEXT NOT NULL,
            wrapped \(.bytes) NOT NULL,
            public \(.bytes),
            created \(.integer) NOT NULL,
            PRIMARY KEY (account_id, purpose, version)
        )\(.keyedTable);
        """

    /// An account without a password has the empty text for one. `forget_at` is NULL unless the account is to be
    /// forgotten. `used` is 0 until the key was used, and `day` is a number of days since 1970. A name in `login_failures` need not be an account's. The
    /// one row of `mark` is a ``StoreMark``. The row of `site` for the root key is empty until there is one.
    private static let trust: SQLText = """
        ALTER TABLE accounts ADD COLUMN state TEXT NOT NULL DEFAULT 'active';
        ALTER TABLE accounts ADD COLUMN kind TEXT NOT NULL DEFAULT 'person';
        ALTER TABLE accounts ADD COLUMN forget_at \(.integer);
        CREATE INDEX accounts_forget_at ON accounts (forget_at) WHERE forget_at IS NOT NULL;
        ALTER TABLE account_keys ADD COLUMN state TEXT NOT NULL DEFAULT 'live';
        ALTER TABLE account_keys ADD COLUMN used \(.integer) NOT NULL DEFAULT 0;
        CREATE TABLE key_uses (
            account_id \(.integer) NOT NULL REFERENCES accounts (id),
            purpose TEXT NOT NULL,
            version \(.integer) NOT NULL,
            day \(.integer) NOT NULL,
            uses \(.integer) NOT NULL,
            PRIMARY KEY (account_id, purpose, version, day)
        )\(.keyedTable);
        CREATE INDEX key_uses_day ON key_uses (day);
        CREATE TABLE recovery_codes (
            account_id \(.integer) NOT NULL REFERENCES accounts (id),
            digest \(.bytes) NOT NULL,
            kind TEXT NOT NULL,
            created \(.integer) NOT NULL,
            expires \(.integer),
            PRIMARY KEY (account_id, digest)
        )\(.keyedTable);
        CREATE INDEX account_keys_root_id ON account_keys (root_id);
        CREATE INDEX account_keys_public ON account_keys (public) WHERE public IS NOT NULL;
        CREATE TABLE login_keys (
            account_id \(.integer) NOT NULL REFERENCES accounts (id),
            public \(.bytes) NOT NULL,
            algorithm TEXT NOT NULL,
            comment TEXT NOT NULL,
            created \(.integer) NOT NULL,
            PRIMARY KEY (account_id, public)
        )\(.keyedTable);
        CREATE TABLE invitations (
            digest \(.bytes) NOT NULL PRIMARY KEY,
            created \(.integer) NOT NULL,
            expires \(.integer) NOT NULL
        )\(.keyedTable);
        CREATE TABLE login_failures (
            account TEXT NOT NULL,
            network TEXT NOT NULL,
            failures \(.integer) NOT NULL,
            last \(.integer) NOT NULL,
            PRIMARY KEY (account, network)
        )\(.keyedTable);
        CREATE INDEX login_failures_last ON login_failures (last);
        CREATE TABLE sign_ups (
            source TEXT NOT NULL,
            slot \(.integer) NOT NULL,
            accounts \(.integer) NOT NULL,
            PRIMARY KEY (source, slot)
        )\(.keyedTable);
        CREATE INDEX sign_ups_slot ON sign_ups (slot);
        CREATE TABLE site (
            name TEXT NOT NULL PRIMARY KEY,
            value TEXT NOT NULL
        )\(.keyedTable);
        INSERT INTO site (name, value) VALUES ('root-key', '');
        CREATE TABLE mark (
            value \(.bytes) NOT NULL
        )\(.table);
        INSERT INTO mark (value) VALUES (CAST('' AS \(.bytes)));
        """
}
