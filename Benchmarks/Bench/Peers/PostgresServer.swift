import Glibc

/// A PostgreSQL server with an empty database, in a directory of its own, which only the harness can reach.
///
/// It has its default durability: every commit is on disk before it is acknowledged.
struct PostgresServer {
    let child: Child
    private let directory: String
    private let port: UInt16

    init(_ conditions: Conditions) throws {
        let newest = (9...30).reversed().map { "/usr/lib/postgresql/\($0)/bin" }
        guard let initdb = Tool.find("initdb", in: newest), let program = Tool.find("postgres", in: newest) else {
            throw MissingPeer(name: "postgresql")
        }
        directory = conditions.newPath("postgres")
        port = try Ready.freePort()
        // Neither initdb nor the server runs as root.
        let user = geteuid() == 0 ? ["--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
        let setpriv = "/usr/bin/setpriv"
        guard mkdir(directory, 0o700) == 0, chmod(conditions.directory.path, 0o711) == 0 else {
            throw LoadError.system(directory)
        }
        if !user.isEmpty {
            guard try Tool.run("/bin/chown", ["postgres", directory]).status == 0 else {
                throw LoadError.system("chown")
            }
        }
        let made = try Tool.run(
            setpriv,
            user + [initdb, "-D", "\(directory)/data", "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C"])
        guard made.status == 0 else { throw LoadError("initdb: \(made.firstLine)") }
        child = try Child(
            setpriv,
            user + [
                program, "-D", "\(directory)/data", "-p", "\(port)", "-k", directory, "-c", "listen_addresses=",
                "-c", "max_connections=200", "-c", "shared_buffers=512MB",
            ], log: conditions.log("postgres"))
        try Ready.wait(for: child) {
            (try? Tool.run("/usr/bin/psql", psql + ["-c", "SELECT 1"]))?.status == 0
        }
        let database = try Tool.run("/usr/bin/psql", psql + ["-c", "CREATE DATABASE clavero"])
        guard database.status == 0 else { throw LoadError("psql: \(database.firstLine)") }
    }

    private var psql: [String] { ["-X", "-q", "-h", directory, "-p", "\(port)", "-U", "owner", "postgres"] }

    var url: String { "postgresql://owner@/clavero?host=\(directory)&port=\(port)" }

    /// Returns the seconds of processor time of all processes of the server, including those that have ended.
    func processorSeconds() throws(LoadError) -> Double { try Usage(of: child).processorSecondsOfTree() }

    func end() { child.end(SIGINT) }
}
