import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Host names of servers", .serialized, .timeLimit(.minutes(4)))
    struct Names {
        /// Starts another key server on the same port at another address of this machine.
        private static func second(_ site: LiveSite) async throws -> Program {
            let program = try Program(
                "claverod",
                [
                    "--plugins", "keys", "--data-dir", site.dataDirectory, "--password-cost", "2,1,1", "--admin-socket",
                    "off", "--audit-log", "\(site.directory.path)/audit-2.log", "--listen",
                    "127.0.0.2:\(site.keys.port)",
                ])
            _ = try await program.port()
            return program
        }

        /// Waits until exactly the key servers at these hosts are listed and ready. Returns the number of sessions of
        /// each.
        private static func wait(
            for hosts: [String], _ port: Int, _ proxyOperator: ProxyOperator
        ) async throws -> [Int] {
            var last: [String] = []
            return try await found("\(hosts), but \(last)") {
                let lines = try await proxyOperator.ask("UPSTREAMS").filter { $0.contains(":\(port) ") }
                let isSo = zip(hosts, lines).allSatisfy { $1.hasPrefix("\($0):\(port) state=ready ") }
                let sessions = lines.compactMap { line in
                    line.split(separator: " ").first { $0.hasPrefix("sessions=") }.flatMap { Int($0.dropFirst(9)) }
                }
                last = lines
                return isSo && lines.count == hosts.count ? sessions : nil
            }
        }

        /// Starts a proxy whose key server is `localhost`, and runs `body`. Its argument `write` sets the addresses
        /// of that name.
        private static func run(
            _ body: (_ site: LiveSite, _ proxyPort: Int, ProxyOperator, _ write: ([String]) throws -> Void) async throws
                -> Void
        ) async throws {
            try await LiveSite.run { site in
                let (hosts, socket) = ("\(site.directory.path)/hosts", "\(site.directory.path)/operator.sock")
                func write(_ addresses: [String]) throws {
                    let lines = addresses.map { "\($0) localhost\n" }.joined()
                    try lines.write(toFile: hosts, atomically: true, encoding: .utf8)
                }
                try write(["127.0.0.1"])
                let port = site.keys.port
                let other = try await second(site)
                let proxy = try Program(
                    "clavero-proxy",
                    [
                        "--upstream", "localhost:\(port)", "--upstream", "127.0.0.1:\(site.auth.port)", "--threads",
                        "1",
                        "--admin-socket", socket, "--listen", "127.0.0.1:0",
                    ], environment: ["LD_PRELOAD": "libnss_wrapper.so", "NSS_WRAPPER_HOSTS": hosts])
                let proxyPort = try await proxy.port()
                try await Ready.wait(port: proxyPort)
                let proxyOperator = try await ProxyOperator(socket)
                _ = try await wait(for: ["localhost"], port, proxyOperator)
                try await body(site, proxyPort, proxyOperator, write)
                await proxyOperator.client.close()
                for program in [proxy, other] { program.signal(SIGTERM) }
                for program in [proxy, other] { #expect(try await program.status() == 0) }
            }
        }

        @Test("A name with several addresses is several servers, which follow the name, and no request fails")
        func several() async throws {
            try await Self.run { site, proxyPort, proxyOperator, write in
                let port = site.keys.port
                try await Load.run(proxyPort) { load in
                    try write(["127.0.0.1", "127.0.0.2"])
                    _ = try await Self.wait(for: ["127.0.0.1", "127.0.0.2"], port, proxyOperator)
                    try await load.more()
                    let sessions = try await Self.wait(for: ["127.0.0.1", "127.0.0.2"], port, proxyOperator)
                    #expect(sessions.count == 2 && sessions.allSatisfy { $0 > 0 }, "\(sessions)")
                    try write(["127.0.0.2"])
                    _ = try await Self.wait(for: ["127.0.0.2"], port, proxyOperator)
                    try await load.more()
                    #expect(load.failures == [])
                }
                #expect(try await proxyOperator.ask("DROPUPSTREAM localhost:\(port)").count == 1)
                _ = try await Self.wait(for: [], port, proxyOperator)
            }
        }

        @Test("A drained name is drained at each later address too, and UPSTREAMS shows the name")
        func drained() async throws {
            try await Self.run { site, _, proxyOperator, write in
                let port = site.keys.port
                _ = try await proxyOperator.ask("DRAIN localhost:\(port)")
                try write(["127.0.0.1", "127.0.0.2"])
                for host in ["127.0.0.1", "127.0.0.2"] {
                    try await proxyOperator.wait(for: "\(host):\(port)", "drained") {
                        $0?["state"] == "draining" && $0?["links"] == "1/1" && $0?["upstream"] == "localhost:\(port)"
                    }
                }
                _ = try await proxyOperator.ask("RESUME localhost:\(port)")
                _ = try await Self.wait(for: ["127.0.0.1", "127.0.0.2"], port, proxyOperator)
            }
        }

        @Test("A server stays until several answers lack its address, and may then be added by its address")
        func replaced() async throws {
            try await Self.run { site, _, proxyOperator, write in
                let (port, old) = (site.keys.port, "127.0.0.1:\(site.keys.port)")
                try write(["127.0.0.1", "127.0.0.2"])
                _ = try await Self.wait(for: ["127.0.0.1", "127.0.0.2"], port, proxyOperator)
                // No server listens at the last address.
                try write(["127.0.0.2", "127.0.0.9"])
                try await proxyOperator.wait(for: "127.0.0.9:\(port)", "found") { $0 != nil }
                let words = try await proxyOperator.words(of: old)
                #expect(words?["upstream"] == "localhost:\(port)" && words?["state"] == "ready", "\(words ?? [:])")
                try await proxyOperator.wait(for: old, "left") { $0 == nil }
                _ = try await proxyOperator.ask("ADDUPSTREAM \(old)")
                let added = try await proxyOperator.words(of: old)
                #expect(added?["upstream"] == old && added?["links"] != nil, "\(added ?? [:])")
            }
        }
    }
}
