import Foundation
import POSIX
import Synchronization

/// A PostgreSQL server of the tests' own: one for all of a run, in a directory that goes when the run ends, however it
/// does.
package final class PostgresCluster: Sendable {
    /// The directory of the server's socket.
    package let directory: String
    /// Of the socket, and on loopback.
    package let port: Int
    private let child: Child
    private let lifeline: Int32

    private static let made = Mutex<Result<PostgresCluster, any Error>?>(nil)

    /// Made by whoever comes first; the others wait, on their threads.
    package static var shared: PostgresCluster {
        get throws {
            try made.withLock { made in
                let result = made ?? Result { try PostgresCluster() }
                made = result
                return try result.get()
            }
        }
    }

    /// The shell waits for its standard input to end, which the end of this process brings about, and ends the server by
    /// its id, which pg_ctl reads from the server's own file.
    private static let script = """
        set -eu
        bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
        cd /
        # A locale that does not sort by octets.
        initdb() {
            "$bin/initdb" -D "$1/data" -U owner -A trust -E UTF8 --locale=C.UTF-8 --locale-provider=icu \
                --icu-locale=en-US --no-sync >"$1/init.log" 2>&1
        }
        directory=$(mktemp -d "${TMPDIR:-/tmp}/pg.XXXXXX")
        trap 'rm -rf "$directory"' EXIT
        initdb "$directory" || { cat "$directory/init.log"; exit 1; }
        printf '%s\\n' 'local all guarded scram-sha-256' 'host all guarded 127.0.0.1/32 scram-sha-256' \\
            'hostssl all owner 127.0.0.1/32 trust' 'local all all trust' >"$directory/data/pg_hba.conf"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \\
            -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$directory/data/server.key" \\
            -out "$directory/data/server.crt" 2>"$directory/init.log"
        chmod 600 "$directory/data/server.key"
        "$bin/pg_ctl" -D "$directory/data" -s -w -l "$directory/log" -o "-p $1 -k $directory -c ssl=on -c fsync=off \\
            -c listen_addresses=127.0.0.1 -c max_connections=400 -c deadlock_timeout=100ms \\
            -c synchronous_standby_names=nobody -c synchronous_commit=local -c shared_buffers=64MB" start || { cat "$directory/log"; exit 1; }
        "$bin/psql" -X -q -h "$directory" -p "$1" -U owner -d postgres \
            -c "CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'open sesame'"
        echo "$directory"
        read -r _ || :
        "$bin/pg_ctl" -D "$directory/data" -s -m immediate stop
        """

    /// Every process of the server, by its id, the first one first.
    package var processes: [pid_t] {
        get throws {
            let file = try String(contentsOfFile: "\(directory)/data/postmaster.pid", encoding: .utf8)
            guard let first = file.split(separator: "\n").first.flatMap({ pid_t($0) }) else { return [] }
            let children = try String(contentsOfFile: "/proc/\(first)/task/\(first)/children", encoding: .utf8)
            return [first] + children.split(separator: " ").compactMap { pid_t($0) }
        }
    }

    /// For a test of its own, unless it is `shared`. It goes when the run ends.
    package init() throws {
        // Another process may take it meanwhile, and then the server does not start.
        port = try Loopback.freePort()
        let (inputs, outputs) = (Child.pipe(), Child.pipe())
        // initdb and the server refuse to be run by root.
        let shell = ["/bin/sh", "-c", Self.script, "cluster", "\(port)"]
        let words =
            geteuid() == 0
            ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] + shell : shell
        child = try Child(
            words[0], Array(words.dropFirst()), input: inputs.read, output: outputs.write, errors: STDERR_FILENO)
        close(inputs.read)
        close(outputs.write)
        lifeline = inputs.write
        var line: [UInt8] = []
        var octet: UInt8 = 0
        while read(outputs.read, &octet, 1) == 1, octet != UInt8(ascii: "\n") { line.append(octet) }
        close(outputs.read)
        directory = String(decoding: line, as: UTF8.self)
        guard directory.hasPrefix("/") else { throw Mismatch("no PostgreSQL for the tests: \(directory)") }
    }

    /// A new database, for tests that change what holds for all of one. It stays as long as the server: to drop it would
    /// wait for every commit that is held.
    package func database() async throws -> PostgresDatabase {
        let name = Self.newName()
        try await PostgresDatabase(cluster: self, name: "postgres").run("CREATE DATABASE \(name) STRATEGY file_copy")
        return PostgresDatabase(cluster: self, name: name)
    }

    /// A new schema in a database that many tests share: it takes a tenth of the time.
    package func schema() async throws -> PostgresDatabase {
        let schema = PostgresDatabase(cluster: self, name: "postgres", schema: Self.newName())
        try await schema.run("CREATE SCHEMA \(schema.schema)")
        return schema
    }

    private static func newName() -> String { "t\(UInt64.random(in: 0...UInt64.max))" }
}

/// A database of the tests' server, or a schema in one.
package struct PostgresDatabase: Sendable {
    package let cluster: PostgresCluster
    package let name: String
    let schema: String

    package init(cluster: PostgresCluster, name: String, schema: String = "public") {
        (self.cluster, self.name, self.schema) = (cluster, name, schema)
    }

    package var url: String { url() }

    /// With another user, or more parameters: `&name=value`.
    package func url(user: String = "owner", _ parameters: String = "") -> String {
        let options = "&options=-csearch_path%3D\(schema)"
        return "postgresql://\(user)@/\(name)?host=\(cluster.directory)&port=\(cluster.port)\(options)\(parameters)"
    }

    /// Runs SQL by psql: another program, and a second opinion. Returns what it prints, a line for each row.
    @discardableResult
    package func run(_ sql: String) async throws -> String {
        let done = try await Tool.run(
            "/usr/bin/psql",
            [
                "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", cluster.directory, "-p", "\(cluster.port)", "-U",
                "owner", "-c", sql, name,
            ], environment: ["PGOPTIONS": "-c search_path=\(schema)"])
        guard done.status == 0 else { throw Mismatch("psql: \(done.errors)") }
        return done.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What psql prints for the SQL, once that is something.
    @discardableResult
    package func wait(for sql: String) async throws -> String {
        try await found("a row of \(sql)") {
            let rows = try await run(sql)
            return rows.isEmpty ? nil : rows
        }
    }

    /// From the next connection on a commit is on disk and visible to nobody until a standby has it, which never comes.
    package func holdCommits() async throws {
        try await run("ALTER DATABASE \(name) SET synchronous_commit = on")
    }

    /// Waits for a commit that is held, and ends its connection: then it is made, and nobody is told.
    package func cutHeldCommit() async throws {
        try await wait(
            for: """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = '\(name)' AND wait_event = 'SyncRep' LIMIT 1
                """)
    }

    /// Ends every connection to the database, in the middle of whatever it does.
    package func endConnections() async throws {
        try await run(
            """
            SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = '\(name)' AND pid <> pg_backend_pid() AND application_name = 'claverod'
            """)
    }
}
