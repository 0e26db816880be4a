import Glibc

/// A site of several key servers after one proxy. Each has one thread and may use all processors of this machine.
struct ScalingSite {
    enum Store: String, CaseIterable {
        case sqlite = "SQLite"
        case postgres = "PostgreSQL"
    }

    /// The seconds of processor time of each part that a request involves.
    struct Times {
        var proxy, servers, database, generator: Double

        static func - (left: Times, right: Times) -> Times {
            Times(
                proxy: left.proxy - right.proxy, servers: left.servers - right.servers,
                database: left.database - right.database, generator: left.generator - right.generator)
        }

        static func / (times: Times, count: Double) -> Times {
            Times(
                proxy: times.proxy / count, servers: times.servers / count, database: times.database / count,
                generator: times.generator / count)
        }

        var sum: Double { proxy + servers + database + generator }
    }

    let proxy: Site.Daemon
    private let keys: [Site.Daemon]
    private let auth: Site.Daemon
    private let database: PostgresServer?

    init(_ store: Store, servers: Int, _ conditions: Conditions) throws {
        database = store == .postgres ? try PostgresServer(conditions) : nil
        let data = conditions.newPath("scaling")
        let place = database.map { ["--database", $0.url] } ?? []
        let made = try Tool.run(conditions.program("claverod"), ["init"] + place + [data])
        guard made.status == 0 else { throw LoadError(made.firstLine) }
        func server(_ plugin: String) throws -> Site.Daemon {
            try Site.server(
                plugin, data,
                place + [
                    "--password-cost", "2,1,1", "--admin-socket", "off", "--audit-log", conditions.newPath("audit"),
                ], conditions, nil)
        }
        keys = try (0..<servers).map { _ in try server("keys") }
        auth = try server("auth")
        proxy = try Site.proxy(Site.manySessions, keys + [auth], conditions, nil)
    }

    func end() {
        for daemon in [proxy, auth] + keys { daemon.child.end() }
        database?.end()
    }

    /// Returns the processor times of all parts up to now.
    func times() throws -> Times {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let generator = [usage.ru_utime, usage.ru_stime].reduce(0) {
            $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
        }
        return Times(
            proxy: try Usage(of: proxy.child).processorSeconds(),
            servers: try (keys + [auth]).reduce(0) { try $0 + Usage(of: $1.child).processorSeconds() },
            database: try database?.processorSeconds() ?? 0, generator: generator)
    }

    /// Signs up an account, and returns a token of it.
    func token() throws -> String {
        let dialogue = try Dialogue(Target(port: proxy.port))
        defer { dialogue.close() }
        try dialogue.run([.greeting, Exchange("SIGNUP user0 \(Site.password)", "250 ")])
        return try Site.token(of: "user0", at: proxy)
    }
}
