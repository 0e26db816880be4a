import Foundation
import TestKit
import Testing

/// A site whose database is migrated. It has a data directory with accounts in every state, and an empty PostgreSQL
/// database.
struct MovingSite {
    let directory: TemporaryDirectory
    let database: PostgresDatabase
    var data: String { "\(directory.path)/data" }
    var file: String { "\(data)/clavero.db" }
    var url: String { database.url }

    /// A message that alice sealed to herself.
    private(set) var sealed = ""

    /// - Parameter count: The number of further accounts.
    init(count: Int = 40) async throws {
        directory = try TemporaryDirectory()
        database = try await PostgresCluster.shared.database()
        try await LiveSite.makeData(data)
        sealed = try await serving { port in
            let client = try await Client(port: port, as: "alice")
            for name in ["bob", "carol", "dave"] {
                try await client.expect("250 2.0.0 \(name) signed up, key 1", to: "SIGNUP \(name) \"correct horse\"")
            }
            let sealed = try await client.ask("ENCRYPT TO=alice attack at dawn").after("250 2.0.0 ")
            let operators = try await Client(path: "\(data)/auth.sock")
            for line in ["DISABLE carol", "FORGET dave dave"] {
                #expect(try await operators.ask(line).hasPrefix("250"))
            }
            for client in [client, operators] { await client.close() }
            return sealed
        }
        try await sqlite(Self.more(count))
    }

    /// Returns SQL that adds rows which commands make slowly or not at all. The rows contain names that no locale
    /// sorts by bytes, values of every kind, and the largest values.
    private static func more(_ count: Int) -> String {
        """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
            INSERT INTO accounts (name, password, epoch, created, kind)
                SELECT 'user-' || i, '', i, 1700000000 + i, CASE i % 5 WHEN 0 THEN 'role' ELSE 'person' END FROM n;
        INSERT INTO account_keys SELECT accounts.id, p.value, v.value, 'root-1', randomblob(60),
            CASE p.value WHEN 'signing' THEN randomblob(32) END, 1700000000,
            CASE v.value WHEN 1 THEN 'retired' ELSE 'live' END, i
            FROM accounts, (SELECT 17 AS i), json_each('["encryption", "signing", "mac", "artifact", "age"]') p, json_each('[1, 4294967295]') v
            WHERE name LIKE 'user-%';
        INSERT INTO login_keys SELECT id, randomblob(32 + 248 * (id % 5)), 'ed25519', 'Schlüssel "1"', -1 FROM accounts
            WHERE state = 'active';
        INSERT INTO key_uses SELECT account_id, purpose, version, 20000, 9223372036854775807 FROM account_keys;
        INSERT INTO recovery_codes SELECT id, randomblob(32), 'reset', 1, CASE id % 2 WHEN 0 THEN 2 END FROM accounts;
        UPDATE accounts SET forget_at = 1800000000 WHERE id % 3 = 0;
        INSERT INTO invitations VALUES (x'00', 1, 9223372036854775807), (randomblob(32), 1, 2);
        INSERT INTO login_failures VALUES ('zoe', '::/64', 3, 4), ('Zoe', '127.0.0.1', 1, 2), ('zo-e', 'ä', 1, 1),
            ('zoé', '', 9, 9);
        INSERT INTO sign_ups VALUES ('127.0.0.0/24', 2833333, 5), ('*', 2833333, 7), ('2001:db8::/64', 2833334, 1);
        INSERT INTO site VALUES ('first-epoch', '17');
        """
    }

    /// Runs SQL with sqlite3, which is independent of Clavero's own driver.
    @discardableResult
    func sqlite(_ sql: String) async throws -> String {
        let result = try await Tools.run(try Tools.path("sqlite3", package: "sqlite3"), [file, sql])
        guard result.status == 0 else { throw Mismatch(result.errors) }
        return result.output
    }

    /// Returns all rows of the file as sqlite3 writes them, sorted by their text.
    func dump() async throws -> [String] { Self.rows(try await sqlite(".dump")) }

    /// Returns the rows of a dump without the mark. The mark differs in each database.
    static func rows(_ dump: String) -> [String] {
        dump.lines.filter { $0.hasPrefix("INSERT ") && !$0.hasPrefix("INSERT INTO mark ") }.sorted()
    }

    func migrate(_ from: String, _ to: String, _ more: String...) async throws -> Tool.Result {
        try await Tools.run(Tools.own("claverod"), ["migrate", "--from", from, "--to", to] + more)
    }

    /// Makes the tables of the PostgreSQL database. They contain no data of a site.
    func makeTables() async throws {
        try await LiveSite.makeData("\(directory.path)/other", ["--database", url])
        try await database.run("UPDATE site SET value = ''")
    }

    /// Runs `body` with the port of a proxy in front of servers. They use the file, or `database` if it is set.
    func serving<Value>(database: String? = nil, _ body: (Int) async throws -> Value) async throws -> Value {
        let options = ["--data-dir", data, "--password-cost", "2,1,1"] + (database.map { ["--database", $0] } ?? [])
        var daemons: [LiveSite.Daemon] = []
        for plugin in ["keys", "auth"] {
            daemons.append(try await LiveSite.Daemon("claverod", ["--plugins", plugin] + options))
        }
        let upstreams = daemons.flatMap { ["--upstream", "127.0.0.1:\($0.port)"] }
        let proxy = try await LiveSite.Daemon("clavero-proxy", upstreams)
        try await Ready.wait(port: proxy.port)
        let value = try await body(proxy.port)
        for daemon in [proxy] + daemons {
            daemon.program.signal(SIGTERM)
            #expect(try await daemon.program.status() == 0)
        }
        return value
    }

    /// Starts a server that must fail. Returns the lines of its error.
    func refusal(database: String? = nil) async throws -> [String] {
        let words = ["--plugins", "keys", "--data-dir", data, "--listen", "127.0.0.1:0"]
        let more = database.map { ["--database", $0] } ?? []
        let result = try await Tools.run(Tools.own("claverod"), words + more)
        #expect(result.status == 75)
        return result.errors.lines
    }

    /// Starts a migration into the PostgreSQL database, and kills it after it has copied the accounts and their keys.
    func interruptedToPostgres() async throws {
        try await makeTables()
        let holder = try Program(
            "/usr/bin/psql",
            [
                "-X", "-q", "-d", url, "-c",
                "BEGIN; SET application_name = 'holder'; LOCK login_keys IN SHARE MODE; SELECT pg_sleep(600)",
            ])
        try await database.wait(for: "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' \(isHere)")
        try await interrupted(from: data, to: url)
        try await database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE \(isOf("holder"))")
        #expect(try await holder.status() != 0)
        try await untilGone()
    }

    /// Starts a migration out of the PostgreSQL database. When it has copied the accounts and their keys, this runs
    /// `body` and then kills the migration.
    func interruptedToSQLite(while body: () async throws -> Void = {}) async throws {
        try await database.run(
            """
            CREATE FUNCTION late(text) RETURNS text STABLE LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN $1; END $$;
            ALTER TABLE login_keys RENAME TO those;
            CREATE VIEW login_keys AS SELECT account_id, public, algorithm, late(comment) AS comment, created FROM those
            """)
        let holder = try Program(
            "/usr/bin/psql",
            [
                "-X", "-q", "-d", url, "-c",
                "SET application_name = 'holder'; SELECT pg_advisory_lock(7); SELECT pg_sleep(600)",
            ])
        try await database.wait(for: "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' \(isHere)")
        try await interrupted(from: url, to: data, while: body)
        try await database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE \(isOf("holder"))")
        #expect(try await holder.status() != 0)
        try await untilGone()
        try await database.run("DROP VIEW login_keys; ALTER TABLE those RENAME TO login_keys")
    }

    private func interrupted(from: String, to: String, while body: () async throws -> Void = {}) async throws {
        let run = try Program("claverod", ["migrate", "--from", from, "--to", to, "--batch", "7"])
        try await database.wait(
            for: "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND \(isOf("claverod migrate"))")
        try await body()
        run.signal(SIGKILL)
        #expect(try await run.status() == -SIGKILL)
    }

    /// Waits until the killed migration has no connection to the database.
    private func untilGone() async throws {
        let left = "SELECT 1 FROM pg_stat_activity WHERE \(isOf("claverod migrate"))"
        try await database.wait(for: "SELECT 1 WHERE NOT EXISTS (\(left))")
    }

    private var isHere: String { "AND datname = current_database()" }

    private func isOf(_ program: String) -> String { "application_name = '\(program)' \(isHere)" }
}
