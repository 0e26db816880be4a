import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Hostile clients of the metrics", .serialized)
    struct HostileHTTP {
        private static let option = ["--metrics", "127.0.0.1:0", "--threads", "1"]

        /// Sends any text, ends the input, and returns the whole answer.
        private static func answer(to text: String, at port: Int) async throws -> String {
            let client = try Client(unheard: port)
            // The daemon may close the connection before all of the text is sent.
            try? await client.write(text)
            try? await client.finish()
            var bytes: [UInt8] = []
            while let more = try? await client.socket.read() { bytes += more }
            await client.close()
            return String(decoding: bytes, as: UTF8.self)
        }

        @Test("Connections that never ask cannot keep another client of the same address out, and end by themselves")
        func slowloris() async throws {
            try await LiveSite.run(proxy: Self.option) { site in
                let monitor = try await Monitor(site.proxy.program)
                var slow: [Client] = []
                for _ in 0..<200 {
                    let client = try Client(unheard: monitor.port)
                    try? await client.write("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: ")
                    slow.append(client)
                }
                for _ in 0..<5 { #expect(try await monitor.get("/healthz") == (200, "ok\n")) }
                // Each byte that comes keeps none of them: the time is that of the whole connection.
                for client in slow { try? await client.write("a") }
                let start = ContinuousClock.now
                for client in slow {
                    while (try? await client.socket.read()) != nil {}
                    await client.close()
                }
                #expect(start.duration(to: .now) < .seconds(60))
            }
        }

        @Test("A request whose host a web page can have is refused, for every page that is not public")
        func rebinding() async throws {
            try await LiveSite.run(server: Self.option, proxy: Self.option) { site in
                for program in [site.proxy.program, site.auth.program] {
                    let monitor = try await Monitor(program)
                    for path in ["/metrics", "/healthz", "/readyz", "/status", "/nowhere"] {
                        for host in ["evil.example", "evil.example:\(monitor.port)", "127.0.0.1.evil.example", ""] {
                            let answer = try await Self.answer(
                                to: "GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n", at: monitor.port)
                            #expect(answer.hasPrefix("HTTP/1.1 421 "), "\(path) \(host): \(answer.prefix(30))")
                        }
                        let absolute = try await Self.answer(
                            to: "GET http://evil.example\(path) HTTP/1.1\r\nHost: localhost\r\n\r\n", at: monitor.port)
                        #expect(absolute.hasPrefix("HTTP/1.1 421 "))
                    }
                    for host in ["localhost:\(monitor.port)", "[::1]", "gate.example", "prometheus-target"] {
                        #expect(try await monitor.get("/healthz", ["--header", "Host: \(host)"]) == (200, "ok\n"))
                    }
                }
                let keys = try await Monitor(site.auth.program)
                let answer = try await keys.get("/.well-known/jwks.json", ["--header", "Host: id.evil.example"])
                #expect(answer.status == 200)
            }
        }

        @Test("Requests of odd forms get the answer that HTTP asks for, and only one")
        func forms() async throws {
            try await LiveSite.run(proxy: Self.option) { site in
                let monitor = try await Monitor(site.proxy.program)
                try await monitor.waitUntilReady()
                for (request, status) in [
                    ("GET /healthz HTTP/1.0\r\n\r\n", 200), ("HEAD /status HTTP/1.0\r\n\r\n", 200),
                    ("GET /healthz HTTP/1.1\r\n\r\n", 400),
                    ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
                    ("GET http://localhost/healthz HTTP/1.1\r\nHost: x\r\n\r\n", 200),
                    ("GET /../healthz HTTP/1.1\r\nHost: a\r\n\r\n", 404),
                    ("GET /x/../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 404),
                    ("GET /%2e%2e/healthz HTTP/1.1\r\nHost: a\r\n\r\n", 404),
                    ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                    ("CONNECT localhost:1 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                    ("POST /status HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 405),
                    ("TRACE /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 405),
                    ("GET /status HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
                    ("GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", 400),
                    ("GET /healthz HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", 200),
                    ("GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n", 400),
                    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
                ] {
                    let answer = try await Self.answer(to: request, at: monitor.port)
                    #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(request): \(answer.prefix(60))")
                    #expect(answer.matches(of: /HTTP\/1\.1\x20/).count == 1)
                }
                let pipelined = String(repeating: "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", count: 200)
                let answer = try await Self.answer(to: pipelined, at: monitor.port)
                #expect(answer.matches(of: /HTTP\/1\.1\x20/).count <= 1)
                #expect(try await monitor.get("/healthz") == (200, "ok\n"))
            }
        }

        /// The script runs in a network of its own, which has an address beyond loopback.
        @Test("A daemon that listens beyond loopback answers the networks that may ask, and refuses all others")
        func clients() async throws {
            let unshare = try Tools.path("unshare", package: "util-linux")
            guard try await Tools.run(unshare, ["-rn", "true"]).status == 0 else {
                print("Clients of metrics beyond loopback: not tried, since no network can be made here")
                return
            }
            let script = """
                ip link set lo up
                for address in 192.0.2.10 192.0.2.11 198.51.100.1; do ip address add $address/32 dev lo; done
                "$1" --listen 127.0.0.1:6000 --upstream 127.0.0.1:5000 --metrics '*:9464' \
                    --metrics-clients 192.0.2.10,203.0.113.0/24 2>/dev/null &
                ask() {
                    curl --silent --show-error --interface "$1" --write-out '%{http_code}\\n' "http://$2:9464/healthz" 2>&1
                }
                until ask 127.0.0.1 127.0.0.1 >/dev/null; do sleep 0.05; done
                ask 127.0.0.1 127.0.0.1; ask 127.0.0.1 127.0.0.2
                ask 192.0.2.10 192.0.2.11; ask 192.0.2.11 192.0.2.10; ask 198.51.100.1 192.0.2.10
                # Refused clients that stay connected keep nobody out.
                for _ in $(seq 100); do sleep 9 | nc -s 198.51.100.1 192.0.2.10 9464 >/dev/null & done 2>/dev/null
                ask 192.0.2.10 192.0.2.11
                kill %1; pkill -P $$ 2>/dev/null; exit 0
                """
            let result = try await Tools.run(
                unshare, ["-rn", "bash", "-c", script, "bash", Tools.own("clavero-proxy")], seconds: 60)
            let refused = ["this client's address is not in --metrics-clients", "403"]
            #expect(
                result.output.lines == ["ok", "200", "ok", "200", "ok", "200"] + refused + refused + ["ok", "200"])
        }
    }
}
