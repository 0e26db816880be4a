import Foundation
import TestKit
import Testing

/// A shell that runs the commands of the manual in a temporary directory. Paths and ports of the manual are replaced
/// by those of the test, and commands for other machines run here.
final class ManualShell {
    let directory = try! TemporaryDirectory()
    private(set) var environment: [String: String]
    private var substitutions: [(String, String)]

    /// Shell functions for the commands: ssh(1) runs its command locally, and systemctl(1) reloads the running
    /// servers. `until_well` repeats a check until it succeeds, and `ended` stops the daemons and checks their exit
    /// status.
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
        // The repository's path may contain a blank, which separates the plugins of a setting.
        try FileManager.default.createSymbolicLink(
            atPath: "\(path)/plugins", withDestinationPath: Repository.root.appending(path: "Examples/plugins").path)
        try "127.0.0.1 gate.example localhost\n".write(toFile: "\(path)/hosts", atomically: true, encoding: .utf8)
        let search = "\(Repository.programs.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
        environment = [
            "PATH": search, "HOME": "\(path)/home", "XDG_CONFIG_HOME": "", "XDG_STATE_HOME": "",
            "LD_PRELOAD": "libnss_wrapper.so", "NSS_WRAPPER_HOSTS": "\(path)/hosts",
            "CLAVERO_PASSWORD_COST": "2,1,1",
        ]
        substitutions = [
            ("/var/lib/clavero", "\(path)/lib"), ("/var/backups", "\(path)/backups"), ("/etc/clavero", "\(path)/etc"),
            ("/run/clavero-proxy", "\(path)/run"), ("/run/clavero", "\(path)/run"),
            ("/usr/local/lib/clavero/plugins", "\(path)/plugins"),
            ("clavero: ", "$(id -un): "), ("-o clavero ", "-o $(id -un) "), ("--user clavero-proxy ", ""),
            ("--user clavero", ""),
        ]
    }

    /// Creates a shell with the ports and certificates of a site with TLS.
    convenience init(beside site: LiveSite) async throws {
        try self.init()
        substitute(port: 5000, as: site.keys.port)
        substitute(port: 5001, as: site.auth.port)
        substitute(port: 6000, as: site.port)
        substitute(port: 6443, as: try await site.tlsPort)
        set("CLAVERO_PORT", "\(site.port)")
        for file in ["tls/server.crt", "tls/server.key", "link/proxy.crt", "link/proxy.key", "link/ca.crt"] {
            let name = URL(filePath: file).lastPathComponent
            try FileManager.default.copyItem(
                atPath: "\(site.dataDirectory)/\(file)", toPath: "\(directory.path)/etc/\(name)")
        }
    }

    /// Replaces a text in all commands. Later replacements are made first.
    func substitute(_ shown: String, _ real: String) { substitutions.insert((shown, real), at: 0) }

    /// Replaces a port of the manual, at every address, by a free port or by the given one.
    func substitute(port: Int) throws { substitute(port: port, as: try Loopback.freePort()) }

    func substitute(port: Int, as free: Int) {
        for host in ["127.0.0.1", "192.0.2.10", "192.0.2.12", "0.0.0.0", "gate.example", "localhost"] {
            let here = host.hasPrefix("1") || host.hasPrefix("0") ? "127.0.0.1" : host
            substitute("\(host):\(port)", "\(here):\(free)")
            substitute("\(host) \(port)", "\(here) \(free)")
        }
    }

    /// The directory that replaces /var/lib/clavero.
    var data: String { "\(directory.path)/lib" }

    func set(_ variable: String, _ value: String) { environment[variable] = value }

    func substituted(_ text: String) -> String {
        substitutions.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }

    /// Runs a block of commands, then more commands, in the directory of the test. Returns their output.
    @discardableResult
    func run(_ block: [String], then more: String = "", status: Int32 = 0) async throws -> String {
        let script = substituted(ShownCommands.script(block))
        let result = try await Tools.run(
            "/bin/bash", ["-ec", "cd \(directory.path)\n" + Self.prelude + script + more], environment: environment)
        guard result.status == status else {
            throw Mismatch("\(result.status), not \(status)\n\(script)\(more)\n\(result.output)\(result.errors)")
        }
        return result.output
    }

    /// Runs a block whose last command is a daemon, waits until a check succeeds, and stops the daemon.
    func serve(_ block: [String], as check: String, then more: String = "") async throws {
        try await run(block, then: " &\nuntil_well \(substituted(check))\n\(more)\nended")
    }
}
