import Foundation
import TestKit

/// A site that has every part twice: a PostgreSQL primary and its standby, two key servers, two auth servers, and two
/// proxies. Clients connect to the proxies by Unix sockets, so no fault comes between them.
///
/// On one machine, a relay comes before each server, and another before each database for the servers. On separate
/// machines, the network takes the place of the relays: `front` has the proxies, `left` and `right` have one server
/// of each kind, and each database has a machine of its own.
final class ChaosSite: @unchecked Sendable {
    /// A program that can be killed or stopped by itself.
    enum Part: Hashable {
        /// A server. Key servers are 0 and 1, and auth servers are 2 and 3.
        case server(Int)
        case proxy(Int)
    }

    let databases: PostgresPair
    let network: Namespaces?
    private(set) var servers: [Daemon] = []
    private(set) var proxies: [Daemon] = []
    /// The relays before the servers, and those before the databases.
    let serverRelays: [Relay]
    let databaseRelays: [Relay]
    /// The ports of the servers, if they are on this machine.
    private(set) var serverPorts: [Int] = []
    /// The flood that is running; nil if none is.
    var flood: Flood?
    /// The URL by which the servers reach the database.
    let database: String
    private let directory: TemporaryDirectory
    private let keeper: Keeper

    /// The script that ends the daemons whose ids are in the file `pids`. It kills a process only if its command line
    /// names the directory, because the id may belong to another process by then.
    private static let ending = #"""
        while read -r pid; do
            grep -qaF -- "$1" "/proc/$pid/cmdline" && kill -KILL "$pid"
        done 2>/dev/null <"$1/pids"
        rm -rf "$1"
        """#

    static let serverNames = ["keys-0", "keys-1", "auth-0", "auth-1"]
    static let machineNames = ["left", "right", "primary", "standby", "front"]

    private init(
        _ network: Namespaces?, _ databases: PostgresPair, at database: String, serverRelays: [Relay] = [],
        databaseRelays: [Relay] = []
    ) throws {
        (self.network, self.databases, self.database) = (network, databases, database)
        (self.serverRelays, self.databaseRelays) = (serverRelays, databaseRelays)
        directory = try TemporaryDirectory()
        keeper = try Keeper(Self.ending, [directory.path])
    }

    deinit { for relay in serverRelays + databaseRelays { relay.end() } }

    var data: String { "\(directory.path)/data" }

    /// Returns the path of a proxy's socket for clients.
    func socket(_ proxy: Int) -> String { "\(directory.path)/proxy-\(proxy).sock" }

    func daemon(_ part: Part) -> Daemon {
        switch part {
        case .server(let place): servers[place]
        case .proxy(let place): proxies[place]
        }
    }

    /// Returns the machine of a server.
    static func machine(_ place: Int, _ network: Namespaces?) -> Machine { network?.machines[place % 2] ?? .this }

    // MARK: - Making one

    /// Creates a site on this machine, with relays.
    static func onOneMachine() async throws -> ChaosSite {
        let databases = try await PostgresPair(on: [.this, .this])
        let databaseRelays = try databases.nodes.map { try Relay(to: $0.port) }
        let ports = try serverNames.map { _ in try Loopback.freePort() }
        let site = try ChaosSite(
            nil, databases, at: PostgresPair.url(databaseRelays.map { ("127.0.0.1", $0.port) }),
            serverRelays: try ports.map { try Relay(to: $0) }, databaseRelays: databaseRelays)
        site.serverPorts = ports
        try await site.start(
            listening: ports.map { "127.0.0.1:\($0)" }, reached: site.serverRelays.map { "127.0.0.1:\($0.port)" })
        return site
    }

    /// Creates a site on machines that are network namespaces.
    static func onMachines(_ network: Namespaces) async throws -> ChaosSite {
        let databases = try await PostgresPair(on: Array(network.machines[2...3]))
        let site = try ChaosSite(
            network, databases, at: PostgresPair.url(databases.nodes.map { ($0.machine.address, $0.port) }))
        let addresses = serverNames.indices.map { "\(network.machines[$0 % 2].address):\(5000 + $0 / 2)" }
        try await site.start(listening: addresses, reached: addresses)
        return site
    }

    /// Runs a command of claverod to its end, on a machine that reaches the databases.
    func claverod(_ arguments: [String]) async throws {
        try await Self.machine(0, network).run([Repository.programs.appending(path: "claverod").path] + arguments)
    }

    /// Writes the id of a process that must be ended to a file.
    private static func note(_ pid: pid_t, in file: String) throws {
        let handle = FileHandle(
            fileDescriptor: open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600), closeOnDealloc: true)
        try handle.write(contentsOf: Data("\(pid)\n".utf8))
    }

    private func start(listening: [String], reached: [String]) async throws {
        let url = ["--database", database]
        try await claverod(["init", data] + url)
        let started = { @Sendable [file = "\(directory.path)/pids"] (pid: pid_t) in try Self.note(pid, in: file) }
        for (place, name) in Self.serverNames.enumerated() {
            let options = [
                "--plugins", String(name.prefix(4)), "--name", name, "--data-dir", data, "--listen", listening[place],
                "--password-cost", "2,1,1", "--threads", "1", "--throttle-limit", "1000000", "--throttle-network-limit",
                "1000000", "--admin-socket", "off",
                "--audit-log", "\(directory.path)/audit-\(name).log", "--signups-per-network", "0",
                "--signups-per-hour", "0",
            ]
            servers.append(
                try await Daemon("claverod", options + url, on: Self.machine(place, network), started: started))
        }
        let links = network == nil ? [] : LiveSite.linkOptions(data)
        for place in 0..<2 {
            let options = [
                "--listen", "unix:\(socket(place))", "--metrics", "unix:\(socket(place)).metrics", "--threads", "1",
                "--link-timeout", "2",
            ]
            proxies.append(
                try await Daemon(
                    "clavero-proxy", options + reached.flatMap { ["--upstream", $0] } + links,
                    on: network?.machines[4] ?? .this, started: started))
        }
        try await waitForLinks()
    }

    /// Waits until each proxy has a link to each server.
    func waitForLinks() async throws {
        for place in proxies.indices {
            try await eventually("links of proxy \(place)") {
                try await links(place) == Array(repeating: "1", count: servers.count)
            }
        }
    }

    private func links(_ proxy: Int) async throws -> [String] {
        let transport = try SocketTransport(path: "\(socket(proxy)).metrics", patience: 30)
        try await transport.write(Array("GET /metrics HTTP/1.0\r\n\r\n".utf8))
        var bytes: [UInt8] = []
        while let more = try await transport.read() { bytes += more }
        await transport.close()
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.filter { $0.hasPrefix("clavero_proxy_links_ready{") }.compactMap { line in
            line.split(separator: " ").last.map(String.init)
        }
    }
}
