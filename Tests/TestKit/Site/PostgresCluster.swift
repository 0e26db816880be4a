import Foundation
import POSIX
import Synchronization

/// A PostgreSQL server for the tests. All tests of a run share one, in a directory that is removed when the run ends
/// in any way.
package final class PostgresCluster: Sendable {
    /// The directory of the server's socket.
    package let directory: String
    /// The port of the server, for the socket and on loopback.
    package let port: Int
    private let child: Child
    private let lifeline: Int32

    private static let made = Mutex<Result<PostgresCluster, any Error>?>(nil)

    /// The server that all tests share. The first test that needs it starts it, and the others wait on their threads.
    package static var shared: PostgresCluster {
        get throws {
            try made.withLock { made in
                let result = made ?? Result { try PostgresCluster() }
                made = result
                return try result.get()
            }
        }
    }

    /// The script that makes and runs the server. It waits until its standard input ends, which happens when this
    /// process ends. Then it stops the server by the process id that pg_ctl reads from the server's own file.
    private static let script = """
        set -eu
        bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
        cd /
        # A locale that does not sort by bytes.
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

    /// The ids of all processes of the server. The main process comes first.
    package var processes: [pid_t] {
        get throws {
            let file = try String(contentsOfFile: "\(directory)/data/postmaster.pid", encoding: .utf8)
            guard let first = file.split(separator: "\n").first.flatMap({ pid_t($0) }) else { return [] }
            let children = try String(contentsOfFile: "/proc/\(first)/task/\(first)/children", encoding: .utf8)
            return [first] + children.split(separator: " ").compactMap { pid_t($0) }
        }
    }

    /// Starts a server, either for one test or as `shared`. It ends when the run ends.
    package init() throws {
        // Another process may take the port before the server does. Then the server does not start.
        port = try Loopback.freePort()
        let (inputs, outputs) = (Child.pipe(), Child.pipe())
        // initdb and the server refuse to run as root.
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
        var byte: UInt8 = 0
        while read(outputs.read, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        close(outputs.read)
        directory = String(decoding: line, as: UTF8.self)
        guard directory.hasPrefix("/") else { throw Mismatch("no PostgreSQL for the tests: \(directory)") }
    }

    /// Creates a new database, for tests that change settings of a whole database. It is not dropped before the
    /// server ends, because that would wait for every commit that is held.
    package func database() async throws -> PostgresDatabase {
        let name = Self.newName()
        try await PostgresDatabase(cluster: self, name: "postgres").run("CREATE DATABASE \(name) STRATEGY file_copy")
        return PostgresDatabase(cluster: self, name: name)
    }

    /// Creates a new schema in a database that many tests share. It takes a tenth of the time that a database takes.
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

    /// Returns the URL with another user, or with more parameters in the form `&name=value`.
    package func url(user: String = "owner", _ parameters: String = "") -> String {
        let options = "&options=-csearch_path%3D\(schema)"
        return "postgresql://\(user)@/\(name)?host=\(cluster.directory)&port=\(cluster.port)\(options)\(parameters)"
    }

    /// Runs SQL by psql, which is independent of the product's driver. Returns what psql prints, one line for each
    /// row.
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

    /// Repeats the SQL until psql prints a row, and returns what it prints.
    @discardableResult
    package func wait(for sql: String) async throws -> String {
        try await found("a row of \(sql)") {
            let rows = try await run(sql)
            return rows.isEmpty ? nil : rows
        }
    }

    /// Holds commits, from the next connection on. A held commit is on disk, but it is not visible until a standby
    /// confirms it, and no standby exists.
    package func holdCommits() async throws {
        try await run("ALTER DATABASE \(name) SET synchronous_commit = on")
    }

    /// Waits for a held commit, and ends its connection. The commit then takes effect, but its client gets no answer.
    package func cutHeldCommit() async throws {
        try await wait(
            for: """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = '\(name)' AND wait_event = 'SyncRep' LIMIT 1
                """)
    }

    /// Ends every connection of a server to the database, even during a statement.
    package func endConnections() async throws {
        try await run(
            """
            SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = '\(name)' AND pid <> pg_backend_pid() AND application_name = 'claverod'
            """)
    }
}
