import Foundation
import TestKit

/// A PostgreSQL server of a pair.
final class PostgresNode: @unchecked Sendable {
    let machine: Machine
    let port: Int
    fileprivate let data: String
    fileprivate var daemon: Daemon?

    fileprivate init(on machine: Machine, data: String) throws {
        (self.machine, self.data) = (machine, data)
        port = machine.namespace == nil ? try Loopback.freePort() : 5432
    }

    /// The words that run a program as the owner of the server, because its programs refuse to run as root.
    fileprivate static let owner =
        geteuid() == 0 ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []

    fileprivate static func words(_ program: String, _ arguments: [String]) throws -> [String] {
        let versions = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")
        guard let version = versions.max(by: { Int($0) ?? 0 < Int($1) ?? 0 }) else {
            throw Mismatch("no PostgreSQL: apt-get install postgresql")
        }
        return owner + ["/usr/lib/postgresql/\(version)/bin/\(program)"] + arguments
    }

    /// Starts the server. fsync is off: it matters only if a machine loses its power, and here only programs die.
    fileprivate func start() async throws {
        let settings = [
            "listen_addresses=\(machine.address)", "unix_socket_directories=", "fsync=off", "shared_buffers=32MB",
            "max_connections=200", "wal_retrieve_retry_interval=200ms", "wal_receiver_timeout=5s",
            "wal_sender_timeout=5s",
        ]
        let words = try Self.words("postgres", ["-D", data, "-p", "\(port)"] + settings.flatMap { ["-c", $0] })
        daemon = try await Daemon(words, on: machine, sign: "database system is ready to accept") { _ in }
    }

    /// Runs SQL by psql, and returns its output.
    @discardableResult
    func run(_ sql: String) async throws -> String {
        try await machine.run(
            [
                "/usr/bin/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", machine.address, "-p",
                "\(port)",
                "-U", "owner", "-c", sql, "postgres",
            ], environment: ["PGCONNECT_TIMEOUT": "10"])
    }

    /// Sends a signal to the server and to every process that it has started.
    func signal(_ number: Int32) throws {
        guard let daemon, daemon.program.isRunning else { return }
        let children = try children(of: daemon)
        daemon.signal(number)
        for child in children { kill(child, number) }
    }

    private func children(of daemon: Daemon) throws -> [pid_t] {
        let pid = daemon.program.pid
        let children = try String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
        return children.split(separator: " ").compactMap { pid_t($0) }
    }

    /// Makes the disk full for the server, and for every process that it has started or will start.
    func fillDisk() async throws {
        guard let daemon else { return }
        try await Machine.this.run(Self.owner + FileSizeLimit.words(true, for: daemon.program.pid))
        for child in try children(of: daemon) {
            // A process that has ended in the meantime writes nothing more.
            _ = try? await Machine.this.run(Self.owner + FileSizeLimit.words(true, for: child))
        }
    }

    /// Ends the server. SIGKILL also goes to every process that it has started. SIGQUIT goes to the server alone,
    /// which is PostgreSQL's immediate shutdown.
    func end(_ number: Int32) async throws {
        if number == SIGKILL { try signal(SIGKILL) }
        try await daemon?.end(number)
    }

    /// Starts the server again in the same role.
    func restart() async throws { try await start() }
}

/// A primary and a standby that has every commit before it is acknowledged. Otherwise the last acknowledged commits
/// would be lost when the standby takes over.
final class PostgresPair: @unchecked Sendable {
    let nodes: [PostgresNode]
    private(set) var primary: PostgresNode
    private(set) var standby: PostgresNode
    private let keeper: Keeper

    /// The script that ends the servers. It reads their process ids from their own files.
    private static let removal = """
        directory=$1
        for file in "$directory"/*/postmaster.pid; do
            read -r pid <"$file" || continue
            children=$(pgrep -P "$pid")
            # shellcheck disable=SC2086 # words
            kill -CONT $pid $children
            kill -QUIT "$pid"
            while kill -0 "$pid"; do sleep 0.05; done
        done 2>/dev/null
        rm -rf "$directory"
        """

    /// Creates the pair, in a directory that is removed when the value is released.
    init(on machines: [Machine]) async throws {
        let made = try await Machine.this.run(
            PostgresNode.owner + ["/usr/bin/mktemp", "-d", "/tmp/clavero-pair.XXXXXX"])
        keeper = try Keeper(Self.removal, [made])
        nodes = try machines.enumerated().map { try PostgresNode(on: $1, data: "\(made)/\($0)") }
        (primary, standby) = (nodes[0], nodes[1])
        try await primary.machine.run(
            PostgresNode.words(
                "initdb", ["-D", primary.data, "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]))
        // Only programs of this machine can reach the addresses, so the rules trust every client.
        let rules = "host all all all trust\nhost replication all all trust\n"
        try rules.write(toFile: "\(primary.data)/pg_hba.conf", atomically: false, encoding: .utf8)
        try await primary.start()
        try await join()
    }

    /// Returns libpq's part of a URL: `owner@host1:1,host2:2/postgres`, with the places of the nodes.
    static func url(_ places: [(host: String, port: Int)]) -> String {
        let hosts = places.map { "\($0.host):\($0.port)" }.joined(separator: ",")
        return "postgresql://owner@\(hosts)/postgres?target_session_attrs=read-write&sslmode=disable"
    }

    /// Kills the primary, if it is still running, and makes the standby the primary. Commits wait for no standby
    /// until one has joined.
    func failOver() async throws {
        try await primary.end(SIGKILL)
        try await standby.run("SELECT pg_promote()")
        (primary, standby) = (standby, primary)
    }

    /// Makes the standby anew from the primary. From then on commits wait for it.
    func join() async throws {
        try? FileManager.default.removeItem(atPath: standby.data)
        let source = "host=\(primary.machine.address) port=\(primary.port) user=owner"
        try await standby.machine.run(
            PostgresNode.words(
                "pg_basebackup", ["-d", source, "-D", standby.data, "-R", "-C", "-S", "pair", "-c", "fast", "-N"]))
        // When this node becomes the primary, it has no standby.
        let settings = try FileHandle(forWritingTo: URL(filePath: "\(standby.data)/postgresql.auto.conf"))
        try settings.seekToEnd()
        try settings.write(contentsOf: Data("synchronous_standby_names = ''\n".utf8))
        try settings.close()
        try await standby.start()
        try await primary.run("ALTER SYSTEM SET synchronous_standby_names = '*'")
        try await primary.run("SELECT pg_reload_conf()")
        try await waitForStandby()
    }

    /// Waits until commits wait for the standby, and the standby keeps up with them.
    func waitForStandby() async throws {
        try await eventually("a standby that follows") {
            try await primary.run("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'") == "1"
        }
    }

    /// Waits until commits are waiting for the standby.
    func waitForHeldCommits() async throws {
        try await eventually("commits that wait for the standby") {
            try await primary.run("SELECT count(*) > 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == "t"
        }
    }
}
