import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("The probes of the daemons", .serialized)
    struct Probing {
        private static let option = ["--metrics", "127.0.0.1:0"]

        @Test("The proxy is not ready while the only server of a plugin is down, and is ready when it is back")
        func servers() async throws {
            try await LiveSite.run(server: Self.option, proxy: Self.option + ["--threads", "2"]) { site in
                let proxy = try await Monitor(site.proxy.program)
                try await proxy.waitUntilReady()
                for server in [site.keys, site.auth] {
                    let upstream = "127.0.0.1:\(server.port)"
                    server.program.signal(SIGKILL)
                    _ = try await server.program.status()
                    let plugin = server === site.keys ? "keys" : "auth"
                    try await proxy.waitUntilReady("plugin \(plugin): a server for 0 of 2 threads\n")
                    #expect(
                        try await proxy.value("clavero_proxy_link_losses_total{upstream=\"\(upstream)\"}") == 2)
                    #expect(try await proxy.get("/healthz") == (200, "ok\n"))
                    try await server.start()
                    try await proxy.waitUntilReady()
                    try await Monitor(server.program).waitUntilReady()
                }
            }
        }

        @Test("The proxy waits for a server that it has never reached, but only for a limited time")
        func neverHeard() async throws {
            try await LiveSite.run { site in
                let nobody = "127.0.0.1:1"
                let upstreams = ["127.0.0.1:\(site.keys.port)", "127.0.0.1:\(site.auth.port)", nobody]
                let program = try await LiveSite.Daemon(
                    "clavero-proxy", Self.option + upstreams.flatMap { ["--upstream", $0] }
                ).program
                let proxy = try await Monitor(program)
                try await proxy.waitUntilReady("upstream \(nobody): it has not announced its commands\n")
                try await proxy.waitUntilReady()
            }
        }

        @Test("A server whose audit log was removed is not ready until it has a new one")
        func auditLog() async throws {
            try await LiveSite.run(server: Self.option) { site in
                let keys = try await Monitor(site.keys.program)
                try await keys.waitUntilReady()
                let log = "\(site.dataDirectory)/audit-keys.log"
                try FileManager.default.moveItem(atPath: log, toPath: "\(log).1")
                try await keys.waitUntilReady("audit log: vanished\n")
                site.keys.program.signal(SIGHUP)
                try await keys.waitUntilReady()
            }
        }

        @Test("A daemon that is told to stop reports until its end that it is not ready")
        func stopping() async throws {
            try await LiveSite.run(
                proxy: Self.option + ["--threads", "1", "--drain-timeout", "600", "--link-timeout", "600"]
            ) { site in
                let client = try await Client(port: site.port, as: "alice")
                let proxy = try await Monitor(site.proxy.program)
                try await proxy.waitUntilReady()
                site.keys.program.signal(SIGSTOP)
                try await client.write("SIGN hello\r\n")
                try await proxy.wait(for: 1, "clavero_proxy_sessions")
                site.proxy.program.signal(SIGTERM)
                try await proxy.waitUntilReady("daemon: stopping\n")
                #expect(try await proxy.get("/healthz") == (200, "ok\n"))
                site.keys.program.signal(SIGCONT)
                _ = try await client.rest()
                await client.close()
                #expect(try await site.proxy.program.status() == 0)
                try await site.proxy.start()
            }
        }

        @Test("Other paths are not found, other methods are not allowed, and neither is logged")
        func refusals() async throws {
            try await LiveSite.run(proxy: Self.option) { site in
                let proxy = try await Monitor(site.proxy.program)
                try await proxy.waitUntilReady()
                let before = site.proxy.program.log
                #expect(try await proxy.get("/metrics?a=b").status == 200)
                for path in ["/", "/metrics/", "/Metrics", "/healthz/x", "//metrics"] {
                    #expect(try await proxy.get(path) == (404, "not found\n"), "\(path)")
                }
                for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
                    let answer = try await proxy.get("/metrics", ["--request", method, "--data", "x"])
                    #expect(answer == (405, "GET and HEAD only\n"), "\(method)")
                }
                let refusal = try await proxy.get("/readyz", ["--include", "--request", "PUT"]).body
                #expect(refusal.contains("Allow: GET, HEAD\r\n"))
                let head = try await proxy.get("/metrics", ["--include"]).body
                #expect(head.contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
                #expect(site.proxy.program.log == before)
            }
        }

        @Test("HEAD is answered as GET is, without the body")
        func heads() async throws {
            try await LiveSite.run(server: Self.option, proxy: Self.option) { site in
                let wget = try Tools.path("wget", package: "wget")
                for program in [site.proxy.program, site.keys.program] {
                    let monitor = try await Monitor(program)
                    try await monitor.waitUntilReady()
                    for path in ["/healthz", "/readyz", "/nowhere"] {
                        let head = try await monitor.get(path, ["--head"])
                        let whole = try await monitor.get(path, ["--include"])
                        #expect(head.status == whole.status)
                        #expect(whole.body.hasPrefix(head.body) && head.body.hasSuffix("\r\n\r\n"), "\(head.body)")
                        let count = whole.body.utf8.count - head.body.utf8.count
                        #expect(head.body.contains("Content-Length: \(count)\r\n"))
                        let url = "http://127.0.0.1:\(monitor.port)\(path)"
                        let spider = try await Tools.run(wget, ["--quiet", "--tries=1", "--spider", url])
                        #expect((spider.status == 0) == (head.status == 200))
                    }
                    #expect(try await monitor.get("/metrics", ["--head"]).status == 200)
                    let old = try await monitor.get("/readyz", ["--http1.0", "--header", "Connection: keep-alive"])
                    #expect(old == (200, "ready\n"))
                }
            }
        }

        @Test("A proxy whose servers hang still answers probes")
        func hangingServers() async throws {
            let options = Self.option + ["--threads", "1", "--link-timeout", "1"]
            try await LiveSite.run(proxy: options) { site in
                let proxy = try await Monitor(site.proxy.program)
                try await proxy.waitUntilReady()
                for server in [site.keys, site.auth] { server.program.signal(SIGSTOP) }
                try await proxy.waitUntilReady(
                    "plugin auth: a server for 0 of 1 threads\nplugin keys: a server for 0 of 1 threads\n")
                for server in [site.keys, site.auth] { server.program.signal(SIGCONT) }
                try await proxy.waitUntilReady()
            }
        }

        @Test("A connection whose input is invalid, too large or endless is closed and does no harm")
        func garbage() async throws {
            try await LiveSite.run(proxy: Self.option + ["--threads", "1"]) { site in
                let monitor = try await Monitor(site.proxy.program)
                let slow = try Client(unheard: monitor.port)
                try await slow.write("GET /metrics HTTP/1.1\r\nHost: a\r\n")
                let long = String(repeating: "a", count: 9000)
                for text in [
                    "\r\n\r\n", "EHLO me\r\n", "GET\r\n\r\n", "GET /metrics HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}\0\0\0",
                    "GET /\(long) HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nX: \(long)\r\n\r\n", long + long,
                ] {
                    let answer = try await Self.answer(to: text, at: monitor.port)
                    let isRefused = answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n")
                    #expect(isRefused, "\(text.prefix(20)): \(answer)")
                }
                // A second request on the same connection is not answered.
                let request = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
                let answer = try await Self.answer(to: request + request, at: monitor.port)
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.matches(of: /HTTP/).count == 1, "\(answer)")
                #expect(try await monitor.get("/healthz") == (200, "ok\n"))
                #expect(try await Self.rest(slow) == "")
                await slow.close()
                let alice = try await Client(port: site.port, as: "alice")
                try await alice.expect("250 2.0.0 alice", to: "WHOAMI")
                await alice.close()
            }
        }

        /// Sends any text, ends the input, and returns the answer.
        private static func answer(to text: String, at port: Int) async throws -> String {
            let client = try Client(unheard: port)
            // The daemon may close the connection before all of the text is sent.
            try? await client.write(text)
            try? await client.finish()
            let answer = try await rest(client)
            await client.close()
            return answer
        }

        private static func rest(_ client: Client) async throws -> String {
            var bytes: [UInt8] = []
            while let more = try? await client.socket.read() { bytes += more }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
