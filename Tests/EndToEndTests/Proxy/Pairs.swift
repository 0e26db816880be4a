import Foundation
import Synchronization
import TestKit

/// A site with two servers of each kind, and another proxy in front of all four.
struct Pairs {
    private static let options = ["--metrics", "127.0.0.1:0", "--threads", "1", "--link-timeout", "2"]

    let site: LiveSite
    let keys: [LiveSite.Daemon]
    let auth: [LiveSite.Daemon]
    let proxy: LiveSite.Daemon

    static func run(_ more: [String] = [], _ body: (Pairs) async throws -> Void) async throws {
        try await LiveSite.run { site in
            let keys = try await second("keys", site)
            let auth = try await second("auth", site)
            let servers = [site.keys, keys, site.auth, auth]
            let proxy = try await LiveSite.Daemon(
                "clavero-proxy",
                options + more + servers.flatMap { ["--upstream", "127.0.0.1:\($0.port)"] })
            let monitor = try await Monitor(proxy.program)
            for server in servers { try await monitor.wait(for: 1, Self.links(server)) }
            try await body(Pairs(site: site, keys: [site.keys, keys], auth: [site.auth, auth], proxy: proxy))
        }
    }

    private static func second(_ plugin: String, _ site: LiveSite) async throws -> LiveSite.Daemon {
        try await LiveSite.Daemon(
            "claverod",
            [
                "--plugins", plugin, "--name", "gate.example", "--data-dir", site.dataDirectory,
                "--password-cost", "2,1,1", "--threads", "1", "--admin-socket", "off", "--audit-log",
                "\(site.directory.path)/audit-\(plugin)-2.log",
            ])
    }

    static func links(_ server: LiveSite.Daemon) -> String {
        "clavero_proxy_links_ready{upstream=\"127.0.0.1:\(server.port)\"}"
    }

    /// Returns the number of requests that a server has answered with 250.
    func done(_ server: LiveSite.Daemon) async throws -> Double {
        let lines = try await Monitor(proxy.program).get("/metrics").body.split(separator: "\n")
        return lines.filter {
            $0.contains("total{upstream=\"127.0.0.1:\(server.port)\"") && $0.contains("code=\"250\"")
        }
        .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }
}

/// Clients that send repeatable commands, one after another, until they are cancelled. The object counts the expected
/// replies and keeps all others.
final class Load: Sendable {
    private static let names = ["alice", "bob"]
    private let counts = Mutex((done: 0, failures: [String](), slowest: Duration.zero))
    var done: Int { counts.withLock { $0.done } }
    var failures: [String] { counts.withLock { $0.failures } }
    var slowest: Duration { counts.withLock { $0.slowest } }

    static func run(_ port: Int, signsUp: Bool = false, _ body: (Load) async throws -> Void) async throws {
        let load = Load()
        for name in names {
            let client = try await Client(port: port)
            _ = try await client.ask("SIGNUP \(name) \"correct horse\"")
            await client.close()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in names {
                group.addTask { try await load.ask(port, name) }
                group.addTask { try await load.keepAsking(port, name) }
            }
            for stream in 0..<(signsUp ? 4 : 0) { group.addTask { try await load.signUp(port, stream) } }
            try await load.more()
            try await body(load)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Waits until 200 more requests have been answered.
    func more() async throws {
        let before = done
        try await eventually("200 more requests") {
            guard failures.isEmpty else { throw Mismatch("\(failures)") }
            return done >= before + 200
        }
    }

    /// Sends one request after another, and waits for each reply.
    private func ask(_ port: Int, _ name: String) async throws {
        let client = try await Client(port: port)
        try await client.logIn(name)
        while !Task.isCancelled {
            for (line, prefix) in [("SIGN x", "250 2.0.0 clvs1.\(name)."), ("WHOAMI", "250 2.0.0 \(name)")] {
                let start = ContinuousClock.now
                note(line, try await client.ask(line), prefix, start.duration(to: .now))
            }
        }
    }

    /// Keeps several requests to one server running at a time. The replies differ, so they show whether their order
    /// is right.
    private func keepAsking(_ port: Int, _ name: String) async throws {
        let pair = [("SIGN x", "250 2.0.0 clvs1.\(name)."), ("PUBKEY nobody", "550 5.1.1 ")]
        let client = try await Client(port: port)
        try await client.logIn(name)
        var (asked, answered) = (0, 0)
        while !Task.isCancelled || answered < asked {
            while asked < answered + 8, !Task.isCancelled {
                try await client.write("\(pair[asked % 2].0)\r\n")
                asked += 1
            }
            guard answered < asked else { continue }
            let reply = try await client.reply().last ?? ""
            note(pair[answered % 2].0, reply, pair[answered % 2].1, .zero)
            answered += 1
        }
    }

    /// Signs up one name after another. SIGNUP may not be repeated, so it fails if the server that got it does not
    /// answer.
    private func signUp(_ port: Int, _ stream: Int) async throws {
        let client = try await Client(port: port)
        var number = 0
        while !Task.isCancelled {
            let name = "s\(stream)-\(number)"
            let line = "SIGNUP \(name) \"correct horse\""
            note(line, try await client.ask(line), "250 2.0.0 \(name) signed up, key 1", .zero)
            number += 1
        }
    }

    private func note(_ line: String, _ reply: String, _ prefix: String, _ took: Duration) {
        counts.withLock { counts in
            counts.done += 1
            counts.slowest = max(counts.slowest, took)
            if !reply.hasPrefix(prefix) { counts.failures.append("\(line): \(reply)") }
        }
    }
}
