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

    /// Its programs refuse to be run by root.
    fileprivate static let owner =
        geteuid() == 0 ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []

    fileprivate static func words(_ program: String, _ arguments: [String]) throws -> [String] {
        let versions = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")
        guard let version = versions.max(by: { Int($0) ?? 0 < Int($1) ?? 0 }) else {
            throw Mismatch("no PostgreSQL: apt-get install postgresql")
        }
        return owner + ["/usr/lib/postgresql/\(version)/bin/\(program)"] + arguments
    }

    /// fsync is for what a machine forgets that loses its power; here only programs die.
    fileprivate func start() async throws {
        let settings = [
            "listen_addresses=\(machine.address)", "unix_socket_directories=", "fsync=off", "shared_buffers=32MB",
            "max_connections=200", "wal_retrieve_retry_interval=200ms", "wal_receiver_timeout=5s",
            "wal_sender_timeout=5s",
        ]
        let words = try Self.words("postgres", ["-D", data, "-p", "\(port)"] + settings.flatMap { ["-c", $0] })
        daemon = try await Daemon(words, on: machine, sign: "database system is ready to accept") { _ in }
    }

    /// Runs SQL by psql, and returns what that prints.
    @discardableResult
    func run(_ sql: String) async throws -> String {
        try await machine.run(
            [
                "/usr/bin/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", machine.address, "-p",
                "\(port)",
                "-U", "owner", "-c", sql, "postgres",
            ], environment: ["PGCONNECT_TIMEOUT": "10"])
    }

    /// To the server, and to every process that it has started.
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
            // One that has ended meanwhile writes nothing more.
            _ = try? await Machine.this.run(Self.owner + FileSizeLimit.words(true, for: child))
        }
    }

    /// Kills it and all that it has started; SIGQUIT to the server alone is PostgreSQL's immediate shutdown.
    func end(_ number: Int32) async throws {
        if number == SIGKILL { try signal(SIGKILL) }
        try await daemon?.end(number)
    }

    /// Starts it again as what it was.
    func restart() async throws { try await start() }
}

/// A primary, and a standby that has every commit before it is acknowledged: without that, what was acknowledged last is
/// lost when the standby takes over.
final class PostgresPair: @unchecked Sendable {
    let nodes: [PostgresNode]
    private(set) var primary: PostgresNode
    private(set) var standby: PostgresNode
    private let keeper: Keeper

    /// Ends the servers by their ids, which are in their own files.
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

    /// In a directory that goes with the value.
    init(on machines: [Machine]) async throws {
        let made = try await Machine.this.run(
            PostgresNode.owner + ["/usr/bin/mktemp", "-d", "/tmp/clavero-pair.XXXXXX"])
        keeper = try Keeper(Self.removal, [made])
        nodes = try machines.enumerated().map { try PostgresNode(on: $1, data: "\(made)/\($0)") }
        (primary, standby) = (nodes[0], nodes[1])
        try await primary.machine.run(
            PostgresNode.words(
                "initdb", ["-D", primary.data, "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]))
        // Who gets to the addresses is on this machine.
        let rules = "host all all all trust\nhost replication all all trust\n"
        try rules.write(toFile: "\(primary.data)/pg_hba.conf", atomically: false, encoding: .utf8)
        try await primary.start()
        try await join()
    }

    /// libpq's part of a URL: `owner@host1:1,host2:2/postgres`, with the places where the nodes are found.
    static func url(_ places: [(host: String, port: Int)]) -> String {
        let hosts = places.map { "\($0.host):\($0.port)" }.joined(separator: ",")
        return "postgresql://owner@\(hosts)/postgres?target_session_attrs=read-write&sslmode=disable"
    }

    /// Kills the primary, if it still lives, and makes the standby the primary. Until another standby is there, commits
    /// wait for none.
    func failOver() async throws {
        try await primary.end(SIGKILL)
        try await standby.run("SELECT pg_promote()")
        (primary, standby) = (standby, primary)
    }

    /// Makes the standby anew from the primary, and lets commits wait for it from then on.
    func join() async throws {
        try? FileManager.default.removeItem(atPath: standby.data)
        let source = "host=\(primary.machine.address) port=\(primary.port) user=owner"
        try await standby.machine.run(
            PostgresNode.words(
                "pg_basebackup", ["-d", source, "-D", standby.data, "-R", "-C", "-S", "pair", "-c", "fast", "-N"]))
        // Once it is the primary, it has no standby.
        let settings = try FileHandle(forWritingTo: URL(filePath: "\(standby.data)/postgresql.auto.conf"))
        try settings.seekToEnd()
        try settings.write(contentsOf: Data("synchronous_standby_names = ''\n".utf8))
        try settings.close()
        try await standby.start()
        try await primary.run("ALTER SYSTEM SET synchronous_standby_names = '*'")
        try await primary.run("SELECT pg_reload_conf()")
        try await waitForStandby()
    }

    /// Until commits do wait for the standby, and have not to for long.
    func waitForStandby() async throws {
        try await eventually("a standby that follows") {
            try await primary.run("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'") == "1"
        }
    }

    /// Until commits wait for the standby.
    func waitForHeldCommits() async throws {
        try await eventually("commits that wait for the standby") {
            try await primary.run("SELECT count(*) > 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == "t"
        }
    }
}
