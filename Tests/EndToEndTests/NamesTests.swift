import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Names of servers", .serialized, .timeLimit(.minutes(4)))
    struct Names {
        /// Another key server at the same port of another address of this machine.
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

        /// Waits until the key servers that are ready, and no other, are at these hosts. Their sessions.
        private static func wait(
            for hosts: [String], _ port: Int, _ proxyOperator: ProxyOperator
        ) async throws -> [Int] {
            let start = ContinuousClock.now
            while true {
                let lines = try await proxyOperator.ask("UPSTREAMS").filter { $0.contains(":\(port) ") }
                let isSo = zip(hosts, lines).allSatisfy { $1.hasPrefix("\($0):\(port) state=ready ") }
                let sessions = lines.compactMap { line in
                    line.split(separator: " ").first { $0.hasPrefix("sessions=") }.flatMap { Int($0.dropFirst(9)) }
                }
                if isSo, lines.count == hosts.count { return sessions }
                guard start.duration(to: .now) < .seconds(60) else { throw Mismatch("never \(hosts): \(lines)") }
            }
        }

        @Test("One with several addresses is several servers, which come and go as it says, and nothing fails")
        func several() async throws {
            try await LiveSite.run { site in
                let (hosts, socket) = ("\(site.directory.path)/hosts", "\(site.directory.path)/proxy.sock")
                func write(_ addresses: String...) throws {
                    let lines = addresses.map { "\($0) localhost\n" }.joined()
                    try lines.write(toFile: hosts, atomically: true, encoding: .utf8)
                }
                try write("127.0.0.1")
                let port = site.keys.port
                let other = try await Self.second(site)
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
                _ = try await Self.wait(for: ["localhost"], port, proxyOperator)
                try await Load.run(proxyPort) { load in
                    try write("127.0.0.1", "127.0.0.2")
                    _ = try await Self.wait(for: ["127.0.0.1", "127.0.0.2"], port, proxyOperator)
                    try await load.more()
                    let sessions = try await Self.wait(for: ["127.0.0.1", "127.0.0.2"], port, proxyOperator)
                    #expect(sessions.count == 2 && sessions.allSatisfy { $0 > 0 }, "\(sessions)")
                    try write("127.0.0.2")
                    _ = try await Self.wait(for: ["127.0.0.2"], port, proxyOperator)
                    try await load.more()
                    #expect(load.failures == [])
                }
                #expect(try await proxyOperator.ask("DROPUPSTREAM localhost:\(port)").count == 1)
                _ = try await Self.wait(for: [], port, proxyOperator)
                await proxyOperator.client.close()
                for program in [proxy, other] { program.signal(SIGTERM) }
                for program in [proxy, other] { #expect(try await program.status() == 0) }
            }
        }
    }
}
