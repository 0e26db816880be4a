import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("SIGHUP makes the proxy read its settings again", .serialized, .timeLimit(.minutes(4)))
    struct SettingsReloads {
        /// A proxy that reads its settings from a file.
        private struct Reloading {
            let proxy: LiveSite.Daemon
            let path: String

            /// Writes the settings file again and sends SIGHUP. Returns the log lines that follow, up to the first
            /// that contains `message`.
            func write(_ text: String, until message: String = "the settings were reloaded") async throws -> [String] {
                try text.write(toFile: path, atomically: true, encoding: .utf8)
                return try await proxy.program.hangUp(until: message)
            }
        }

        private static func upstream(_ servers: LiveSite.Daemon...) -> String {
            "upstream = " + servers.map { "127.0.0.1:\($0.port)" }.joined(separator: " ") + "\n"
        }

        private static func run(
            _ body: (Pairs, Reloading, ProxyOperator) async throws -> Void
        ) async throws {
            try await Pairs.run { pairs in
                let path = "\(pairs.site.directory.path)/proxy.conf"
                let socket = "\(pairs.site.directory.path)/operator.sock"
                try upstream(pairs.keys[0], pairs.auth[0]).write(toFile: path, atomically: true, encoding: .utf8)
                let proxy = try await LiveSite.Daemon(
                    "clavero-proxy", ["--config", path, "--threads", "2", "--admin-socket", socket])
                try await Ready.wait(port: proxy.port, threads: 2)
                try await body(pairs, Reloading(proxy: proxy, path: path), try await ProxyOperator(socket))
                proxy.program.signal(SIGTERM)
                #expect(try await proxy.program.status() == 0)
            }
        }

        @Test("Under load new servers are added, missing servers are dropped, and no request fails")
        func upstreams() async throws {
            try await Self.run { pairs, reloading, proxyOperator in
                try await Load.run(reloading.proxy.port, signsUp: true) { load in
                    for (keys, auth) in [(1, 0), (1, 1), (0, 0)] {
                        let (keys, auth) = (pairs.keys[keys], pairs.auth[auth])
                        _ = try await reloading.write(Self.upstream(keys, auth))
                        for server in pairs.keys + pairs.auth where ![keys.port, auth.port].contains(server.port) {
                            try await proxyOperator.waitUntilGone(server)
                        }
                        try await proxyOperator.waitUntilReady(keys)
                        try await proxyOperator.waitUntilReady(auth)
                        try await load.more()
                    }
                    // A server that the operator added stays as long as the file's list of servers does not change.
                    _ = try await proxyOperator.ask("ADDUPSTREAM 127.0.0.1:\(pairs.keys[1].port)")
                    _ = try await reloading.write(Self.upstream(pairs.keys[0], pairs.auth[0]))
                    try await proxyOperator.waitUntilReady(pairs.keys[1])
                    #expect(load.failures == [])
                }
            }
        }

        @Test("An error in the file is reported and changes nothing, and settings that need a restart are named")
        func wrong() async throws {
            try await Self.run { pairs, reloading, proxyOperator in
                let before = try await proxyOperator.ask("UPSTREAMS").map { $0.prefix { $0 != " " } }
                for (text, reason) in [
                    (Self.upstream(pairs.keys[0]) + "nonsense = 1\n", "proxy.conf:2: unknown key"),
                    (Self.upstream(pairs.keys[0]) + "# more\nidle-timeout = x\n", "proxy.conf:3: "),
                    ("upstream = nonsense\n", "proxy.conf:1: "),
                    ("listen = 127.0.0.1:0\n", "proxy.conf: upstream is missing; add a line"),
                    ("upstream = 192.0.2.1:5000\n", "links to other machines need"),
                ] {
                    let log = try await reloading.write(
                        text, until: "the new settings cannot be used; the daemon keeps the old ones")
                    #expect(log.count == 1 && log[0].contains("\"level\":\"error\""), "\(log)")
                    #expect(log[0].contains(reason), "\(log)")
                    #expect(try await proxyOperator.ask("UPSTREAMS").map { $0.prefix { $0 != " " } } == before)
                }
                let log = try await reloading.write(
                    Self.upstream(pairs.keys[0], pairs.auth[0])
                        + "max-line = 2000\nlink-timeout = 9\nidle-timeout = 5\n")
                let named = log.filter { $0.contains("a setting changes only after a restart") }
                #expect(named.count == 2 && named[0].contains("\"setting\":\"link-timeout\""), "\(log)")
            }
        }

        @Test("New connections from a newly named balancer must send a header")
        func balancers() async throws {
            try await Self.run { pairs, reloading, _ in
                let header = "PROXY TCP4 192.0.2.7 127.0.0.1 4711 6000\r\n"
                let old = try Client(unheard: reloading.proxy.port, from: "127.0.0.9")
                #expect(try await old.line()?.hasPrefix("220 ") == true)
                _ = try await reloading.write(Self.upstream(pairs.keys[0], pairs.auth[0]) + "balancer = 127.0.0.9\n")
                let new = try Client(unheard: reloading.proxy.port, from: "127.0.0.9")
                try await new.write(header)
                #expect(try await new.line()?.hasPrefix("220 ") == true)
                try await new.expect(
                    "538 5.7.11 Passwords and tokens need an encrypted connection; STARTTLS begins one",
                    to: "LOGIN alice \"correct horse\"")
                #expect(try await old.ask("NOOP") == "250 2.0.0 OK")
                await new.close()
                await old.close()
            }
        }
    }
}
