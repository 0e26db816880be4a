import Foundation
import Synchronization
import TestKit
import Testing

extension EndToEnd {
    @Suite("Replicas: two servers of each kind on one database", .serialized)
    struct Replicas {
        private static let options = ["--metrics", "127.0.0.1:0", "--threads", "1", "--link-timeout", "2"]

        /// A site with a second server of each kind, and a proxy of its own over all four.
        private struct Pairs {
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
                    for server in servers { try await monitor.wait(for: 2, Self.links(server)) }
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

            /// Requests that a server has answered with 250.
            func done(_ server: LiveSite.Daemon) async throws -> Double {
                let series = "clavero_proxy_requests_total{upstream=\"127.0.0.1:\(server.port)\",code=\"250\"}"
                return try await Monitor(proxy.program).value(series) ?? 0
            }
        }

        @Test("Sessions are spread, each stays where it is, and the order of what one sends is kept")
        func spread() async throws {
            try await Pairs.run { pairs in
                let first = try await Client(port: pairs.proxy.port, as: "alice")
                var clients = [first]
                for _ in 0..<7 {
                    let client = try await Client(port: pairs.proxy.port)
                    try await client.logIn("alice")
                    clients.append(client)
                }
                for client in clients {
                    try await client.write(
                        (0..<50).map { "PUBKEY \($0.isMultiple(of: 2) ? "alice" : "nobody")\r\n" }.joined())
                    for number in 0..<50 {
                        let reply = try #require(try await client.reply().last)
                        #expect(reply.hasPrefix(number.isMultiple(of: 2) ? "250 " : "550 "), "\(number): \(reply)")
                    }
                }
                // 8 sessions with 25 each, and one SIGNUP.
                let done = [try await pairs.done(pairs.keys[0]), try await pairs.done(pairs.keys[1])]
                #expect(done.sorted() == [100, 101])
            }
        }

        /// Clients that give commands that may be repeated, one after the other, until they are told to stop: how many were
        /// answered as they should be, and what else was said.
        private final class Load: Sendable {
            private let counts = Mutex((done: 0, failures: [String](), slowest: Duration.zero))
            var done: Int { counts.withLock { $0.done } }
            var failures: [String] { counts.withLock { $0.failures } }
            var slowest: Duration { counts.withLock { $0.slowest } }

            static func run(_ pairs: Pairs, _ body: (Load) async throws -> Void) async throws {
                let load = Load()
                _ = try await Client(port: pairs.proxy.port, as: "alice")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 { group.addTask { try await load.ask(pairs.proxy.port) } }
                    try await load.more()
                    try await body(load)
                    group.cancelAll()
                    try await group.waitForAll()
                }
            }

            /// Waits until there was more of it.
            func more() async throws {
                let before = done
                while done < before + 200 {
                    guard failures.isEmpty else { throw Mismatch("\(failures)") }
                    await Task.yield()
                }
            }

            private func ask(_ port: Int) async throws {
                let client = try await Client(port: port)
                try await client.logIn("alice")
                while !Task.isCancelled {
                    for (line, prefix) in [("SIGN x", "250 2.0.0 clvs1.alice."), ("WHOAMI", "250 2.0.0 alice")] {
                        let start = ContinuousClock.now
                        let reply = try await client.ask(line)
                        let took = start.duration(to: .now)
                        counts.withLock { counts in
                            counts.done += 1
                            counts.slowest = max(counts.slowest, took)
                            if !reply.hasPrefix(prefix) { counts.failures.append("\(line): \(reply)") }
                        }
                    }
                }
            }
        }

        @Test("kill -9 of one: what may be repeated does not fail; started again, it is used again")
        func kill() async throws {
            try await Pairs.run { pairs in
                let monitor = try await Monitor(pairs.proxy.program)
                try await Load.run(pairs) { load in
                    for server in [pairs.keys[0], pairs.auth[0], pairs.keys[1], pairs.auth[1]] {
                        server.program.signal(SIGKILL)
                        _ = try await server.program.status()
                        try await load.more()
                        #expect(try await monitor.get("/readyz") == (200, "ready\n"))
                        try await server.start()
                        try await monitor.wait(for: 2, Pairs.links(server))
                        try await load.more()
                    }
                    #expect(load.failures == [])
                }
                // All sessions are at the other by now.
                let before = try await pairs.done(pairs.keys[1])
                let client = try await Client(port: pairs.proxy.port)
                #expect(try await client.ask("PUBKEY alice").hasPrefix("250 "))
                #expect(try await pairs.done(pairs.keys[1]) == before + 1)
            }
        }

        @Test("SIGSTOP of one: others are answered, what was under way there within seconds, and it returns")
        func stop() async throws {
            try await Pairs.run { pairs in
                let monitor = try await Monitor(pairs.proxy.program)
                try await Load.run(pairs) { load in
                    for server in [pairs.keys[0], pairs.auth[1]] {
                        server.program.signal(SIGSTOP)
                        try await monitor.wait(for: 0, Pairs.links(server))
                        try await load.more()
                        server.program.signal(SIGCONT)
                        try await monitor.wait(for: 2, Pairs.links(server))
                        try await load.more()
                    }
                    #expect(load.failures == [])
                    #expect(load.slowest < .seconds(25))
                }
            }
        }

        /// What those who signed up were told.
        private final class Told: Sendable {
            private let names = Mutex((kept: [String](), lost: [String]()))
            var kept: [String] { names.withLock { $0.kept } }
            var lost: [String] { names.withLock { $0.lost } }

            /// Signs up one name after the other.
            func signUp(_ stream: Int, _ port: Int) async throws {
                let client = try await Client(port: port)
                var number = 0
                while !Task.isCancelled {
                    let name = "s\(stream)-\(number)"
                    let reply = try await client.ask("SIGNUP \(name) \"correct horse\"")
                    #expect(reply.hasPrefix("250 ") || reply.hasPrefix("451 4.4.2 "), "\(reply)")
                    let isKept = reply.hasPrefix("250 ")
                    names.withLock { if isKept { $0.kept.append(name) } else { $0.lost.append(name) } }
                    number += 1
                }
            }
        }

        @Test("What may not be repeated is never run twice: nobody who signs up is told that the name is taken")
        func once() async throws {
            try await Pairs.run { pairs in
                let told = Told()
                let monitor = try await Monitor(pairs.proxy.program)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for stream in 0..<4 { group.addTask { try await told.signUp(stream, pairs.proxy.port) } }
                    for round in 0..<6 {
                        while told.kept.count < (round + 1) * 20 { await Task.yield() }
                        let server = pairs.keys[round % 2]
                        server.program.signal(SIGKILL)
                        _ = try await server.program.status()
                        try await server.start()
                        try await monitor.wait(for: 2, Pairs.links(server))
                    }
                    group.cancelAll()
                    try await group.waitForAll()
                }
                let client = try await Client(port: pairs.proxy.port)
                for name in told.kept { try await client.logIn(name) }
                #expect(told.lost.count <= 6 * 4)
            }
        }
    }
}
