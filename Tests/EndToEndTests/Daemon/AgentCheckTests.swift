import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("HAProxy's agent-check", .serialized, .timeLimit(.minutes(4)))
    struct AgentChecks {
        private static func netcat(_ port: Int, input: String = "") async throws -> String {
            let result = try await Tools.run(
                try Tools.path("nc.openbsd", package: "netcat-openbsd"), ["127.0.0.1", "\(port)"], input: input)
            return result.output
        }

        @Test("One line says whether the proxy is up, is drained, or lacks a server")
        func lines() async throws {
            let directory = try TemporaryDirectory()
            let options = ["--agent-check", "127.0.0.1:0", "--admin-socket", "\(directory.path)/s", "--threads", "1"]
            try await LiveSite.run(proxy: options) { site in
                let port = try await site.proxy.program.port("agent checks are answered")
                let proxyOperator = try await ProxyOperator("\(directory.path)/s")
                try await eventually("up") { try await Self.netcat(port) == "ready up 100%\n" }
                // HAProxy sends such a text if `agent-send` is set.
                #expect(try await Self.netcat(port, input: "hello\n") == "ready up 100%\n")
                _ = try await proxyOperator.ask("DRAIN")
                #expect(try await Self.netcat(port) == "drain\n")
                _ = try await proxyOperator.ask("RESUME")
                site.keys.program.signal(SIGKILL)
                _ = try await site.keys.program.status()
                try await eventually("down") {
                    try await Self.netcat(port) == "down #plugin keys: a server for 0 of 1 threads\n"
                }
                try await site.keys.start()
                try await eventually("up") { try await Self.netcat(port) == "ready up 100%\n" }
                // An open session keeps the proxy from ending.
                let client = try await Client(port: site.port)
                try await client.write("SIGNUP alice")
                site.proxy.program.signal(SIGTERM)
                _ = try await site.proxy.program.line { $0.contains("\"message\":\"stopping\"") }
                #expect(["drain\n", ""].contains(try await Self.netcat(port)))
                await client.close()
                _ = try await site.proxy.program.status()
                try await site.proxy.start()
            }
        }

        @Test("HAProxy follows the line of the agent check")
        func haproxy() async throws {
            let directory = try TemporaryDirectory()
            let options = ["--agent-check", "127.0.0.1:0", "--admin-socket", "\(directory.path)/s", "--threads", "1"]
            try await LiveSite.run(proxy: options) { site in
                let port = try await site.proxy.program.port("agent checks are answered")
                let proxyOperator = try await ProxyOperator("\(directory.path)/s")
                let configuration = """
                    global
                        stats socket \(directory.path)/stats
                    defaults
                        mode tcp
                        timeout connect 5s
                        timeout client 60s
                        timeout server 60s
                    listen door
                        bind unix@\(directory.path)/door
                        server proxy 127.0.0.1:\(site.port) check agent-check agent-addr 127.0.0.1 agent-port \(port) \
                    agent-inter 100ms agent-send "hello\\n"

                    """
                let haproxy = try Balancers.start(configuration, in: directory)
                /// Waits until HAProxy has this status for the proxy, in the column `status` of its statistics.
                func wait(for status: String) async throws {
                    let netcat = try Tools.path("nc.openbsd", package: "netcat-openbsd")
                    try await eventually(status) {
                        let stats = try await Tools.run(
                            netcat, ["-N", "-U", "\(directory.path)/stats"], input: "show stat\n")
                        let line = stats.output.lines.first { $0.hasPrefix("door,proxy,") }
                        return line?.components(separatedBy: ",")[17] == status
                    }
                }
                try await wait(for: "UP")
                _ = try await proxyOperator.ask("DRAIN")
                try await wait(for: "DRAIN (agent)")
                _ = try await proxyOperator.ask("RESUME")
                try await wait(for: "UP")
                site.auth.program.signal(SIGKILL)
                _ = try await site.auth.program.status()
                try await wait(for: "DOWN (agent)")
                try await site.auth.start()
                try await wait(for: "UP")
                haproxy.signal(SIGKILL)
                _ = try await haproxy.status()
            }
        }
    }
}
