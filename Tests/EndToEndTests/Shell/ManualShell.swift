import Foundation
import TestKit
import Testing

/// A machine's directories in one of the test's, and a shell in which the commands of the manual are run: the paths and
/// ports that they name are exchanged, and what would leave the machine stays.
final class ManualShell {
    let directory = try! TemporaryDirectory()
    private(set) var environment: [String: String]
    private var exchanges: [(String, String)]

    /// ssh(1) runs what it is given here, systemctl(1) has all servers that run here read their files again, and there
    /// is no user but the one who runs the tests. `ended`: the daemons that were started end, and well.
    private static let prelude = """
        trap 'kill $(jobs -p) 2>/dev/null || :' EXIT
        ssh() { shift; sh -c "$*"; }
        systemctl() { if [ "$1" = reload ]; then kill -HUP $(jobs -p); fi; }
        until_well() { until "$@" 2>>errors; do kill -0 $! || { cat errors >&2; exit 9; }; done; }
        ended() { for job in $(jobs -p); do kill "$job"; wait "$job"; done; }

        """

    init() throws {
        let path = directory.path
        for folder in ["home/.ssh", "etc", "run", "backups"] {
            try FileManager.default.createDirectory(atPath: "\(path)/\(folder)", withIntermediateDirectories: true)
        }
        try "127.0.0.1 gate.example localhost\n".write(toFile: "\(path)/hosts", atomically: true, encoding: .utf8)
        let search = "\(Repository.programs.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
        environment = [
            "PATH": search, "HOME": "\(path)/home", "XDG_CONFIG_HOME": "", "XDG_STATE_HOME": "",
            "LD_PRELOAD": "libnss_wrapper.so", "NSS_WRAPPER_HOSTS": "\(path)/hosts",
            "CLAVERO_PASSWORD_COST": "2,1,1",
        ]
        exchanges = [
            ("/var/lib/clavero", "\(path)/lib"), ("/var/backups", "\(path)/backups"), ("/etc/clavero", "\(path)/etc"),
            ("/run/clavero-proxy", "\(path)/run"), ("/run/clavero", "\(path)/run"),
            ("/usr/local/lib/clavero/plugins", Repository.root.appending(path: "Examples/plugins").path),
            ("clavero: ", "$(id -un): "), ("-o clavero ", "-o $(id -un) "), ("--user clavero-proxy ", ""),
            ("--user clavero", ""),
        ]
    }

    /// The ports and files of a site that has TLS, where the manual has them.
    convenience init(beside site: LiveSite) async throws {
        try self.init()
        exchange(port: 5000, as: site.keys.port)
        exchange(port: 5001, as: site.auth.port)
        exchange(port: 6000, as: site.port)
        exchange(port: 6443, as: try await site.tlsPort)
        set("CLAVERO_PORT", "\(site.port)")
        for file in ["tls/server.crt", "tls/server.key", "link/proxy.crt", "link/proxy.key", "link/ca.crt"] {
            let name = URL(filePath: file).lastPathComponent
            try FileManager.default.copyItem(
                atPath: "\(site.dataDirectory)/\(file)", toPath: "\(directory.path)/etc/\(name)")
        }
    }

    /// What stands in a command for something that there cannot be here. The first of them counts.
    func exchange(_ shown: String, _ real: String) { exchanges.insert((shown, real), at: 0) }

    /// A port that nobody listens on, or another one, stands for this one, at whatever address.
    func exchange(port: Int) throws { exchange(port: port, as: try Loopback.freePort()) }

    func exchange(port: Int, as free: Int) {
        for host in ["127.0.0.1", "192.0.2.10", "192.0.2.12", "0.0.0.0", "gate.example", "localhost"] {
            let here = host.hasPrefix("1") || host.hasPrefix("0") ? "127.0.0.1" : host
            exchange("\(host):\(port)", "\(here):\(free)")
            exchange("\(host) \(port)", "\(here) \(free)")
        }
    }

    /// The data directory, where the manual has /var/lib/clavero.
    var data: String { "\(directory.path)/lib" }

    func set(_ variable: String, _ value: String) { environment[variable] = value }

    func exchanged(_ text: String) -> String {
        exchanges.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }

    /// Runs a block, and behind it what a test wants to know, in the directory of the test. What it wrote.
    @discardableResult
    func run(_ block: [String], then more: String = "", status: Int32 = 0) async throws -> String {
        let script = exchanged(ShownCommands.script(block))
        let result = try await Tools.run(
            "/bin/bash", ["-ec", "cd \(directory.path)\n" + Self.prelude + script + more], environment: environment)
        guard result.status == status else {
            throw Mismatch("\(result.status), not \(status)\n\(script)\(more)\n\(result.output)\(result.errors)")
        }
        return result.output
    }

    /// Runs a block whose last command is a daemon that stays until it is ended, which is done as soon as it is well.
    func serve(_ block: [String], as check: String, then more: String = "") async throws {
        try await run(block, then: " &\nuntil_well \(exchanged(check))\n\(more)\nended")
    }
}
