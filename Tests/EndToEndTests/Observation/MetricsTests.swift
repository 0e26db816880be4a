import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Metrics", .serialized)
    struct Metrics {
        private static let option = ["--metrics", "127.0.0.1:0"]

        @Test("The metrics change as requests are made")
        func requests() async throws {
            try await LiveSite.run(
                server: Self.option + ["--throttle-limit", "1"], proxy: Self.option + ["--threads", "1"]
            ) { site in
                let (keys, auth) = (try await Monitor(site.keys.program), try await Monitor(site.auth.program))
                let proxy = try await Monitor(site.proxy.program)
                let (toKeys, toAuth) = ("127.0.0.1:\(site.keys.port)", "127.0.0.1:\(site.auth.port)")
                try await proxy.wait(for: 0, "clavero_proxy_sessions")
                #expect(try await keys.value(#"claverod_requests_total{verb="SIGN",code="250"}"#) == nil)

                let alice = try await Client(port: site.port, as: "alice")
                for _ in 0..<3 { #expect(try await alice.ask("SIGN hello").hasPrefix("250 ")) }
                #expect(try await alice.ask("DECRYPT nonsense").hasPrefix("501 "))
                #expect(try await alice.ask("FROBNICATE").hasPrefix("500 "))
                let stranger = try await Client(port: site.port)
                #expect(try await stranger.ask("LOGIN alice \"wrong horse\"").hasPrefix("535 "))
                #expect(try await stranger.ask("LOGIN alice \"wrong horse\"").hasPrefix("450 "))
                let direct = try await Client(port: site.keys.port)

                for (monitor, series, value) in [
                    (keys, #"claverod_requests_total{verb="SIGN",code="250"}"#, 3),
                    (keys, #"claverod_requests_total{verb="SIGNUP",code="250"}"#, 1),
                    (keys, #"claverod_requests_total{verb="DECRYPT",code="501"}"#, 1),
                    (keys, #"claverod_request_duration_seconds_count{verb="SIGN"}"#, 3),
                    (keys, #"claverod_request_duration_seconds_bucket{verb="SIGN",le="+Inf"}"#, 3),
                    (keys, #"claverod_request_duration_seconds_count{verb="PUBKEY"}"#, 0),
                    (keys, "claverod_sessions", 1), (keys, "claverod_lanes", 1), (keys, "claverod_links", 1),
                    (keys, "claverod_hasher_waiting", 0), (keys, "claverod_audit_lost_total", 0),
                    (keys, "claverod_database_writes_waiting", 0),
                    (auth, #"claverod_requests_total{verb="LOGIN",code="235"}"#, 1),
                    (auth, #"claverod_requests_total{verb="LOGIN",code="535"}"#, 1),
                    (auth, #"claverod_requests_total{verb="LOGIN",code="450"}"#, 1),
                    (auth, #"claverod_throttled_total{count="account"}"#, 1), (auth, "claverod_sessions", 0),
                    (proxy, "clavero_proxy_requests_total{upstream=\"\(toKeys)\",verb=\"SIGN\",code=\"250\"}", 3),
                    (proxy, "clavero_proxy_requests_total{upstream=\"\(toKeys)\",verb=\"SIGNUP\",code=\"250\"}", 1),
                    (proxy, "clavero_proxy_requests_total{upstream=\"\(toKeys)\",verb=\"DECRYPT\",code=\"501\"}", 1),
                    (proxy, "clavero_proxy_requests_total{upstream=\"\(toAuth)\",verb=\"LOGIN\",code=\"235\"}", 1),
                    (proxy, #"clavero_proxy_request_duration_seconds_count{verb="SIGN"}"#, 3),
                    (proxy, "clavero_proxy_ready", 1), (keys, #"claverod_ready{part="database"}"#, 1),
                    (keys, #"claverod_ready{part="audit log"}"#, 1), (keys, "claverod_hasher_capacity", 64),
                    (keys, #"clavero_build_info{version="0.1.0",commit="unknown commit"}"#, 1),
                    (proxy, "clavero_proxy_links_ready{upstream=\"\(toKeys)\"}", 1),
                    (proxy, "clavero_proxy_sessions", 2), (proxy, "clavero_proxy_strangers", 1),
                ] as [(Monitor, String, Double)] {
                    #expect(try await monitor.value(series) == value, "\(series)")
                }
                let took = try await keys.value(#"claverod_request_duration_seconds_sum{verb="SIGN"}"#)
                #expect(0.000_001..<60 ~= (try #require(took)))
                // The server read alice's key once from the database, and twice from its memory.
                let hits = try #require(try await keys.value(#"claverod_account_lookups_total{result="hit"}"#))
                let misses = try #require(try await keys.value(#"claverod_account_lookups_total{result="miss"}"#))
                #expect(hits >= 4 && misses >= 2)

                for client in [direct, stranger, alice] { await client.close() }
                try await proxy.wait(for: 0, "clavero_proxy_sessions")
                try await keys.wait(for: 0, "claverod_sessions")
                try await keys.wait(for: 0, "claverod_lanes")
            }
        }

        @Test("Sessions that the proxy refuses and handshakes that fail are counted")
        func refusals() async throws {
            try await LiveSite.run([.tls]) { site in
                // The test needs another proxy, because LiveSite checks its proxy with sessions that would be
                // refused.
                let door = try await LiveSite.Daemon(
                    "clavero-proxy",
                    Self.option + ["--address-sessions", "1", "--upstream", "127.0.0.1:\(site.keys.port)"]
                        + LiveSite.tlsOptions(site.dataDirectory))
                let proxy = try await Monitor(door.program)
                let first = try await Client(port: door.port)
                for count in 1...2 {
                    let second = try Client(unheard: door.port)
                    #expect(try await second.rest().first?.hasPrefix("421 4.7.0 ") == true)
                    await second.close()
                    #expect(try await proxy.value("clavero_proxy_refused_sessions_total") == Double(count))
                }
                await first.close()
                try await proxy.wait(for: 0, "clavero_proxy_sessions")
                #expect(try await proxy.value("clavero_proxy_tls_handshake_failures_total") == 0)
                let port = try await door.program.port { $0.contains("\"tls\":\"implicit\"") }
                let plain = try Client(unheard: port)
                try await plain.write("EHLO me\r\n")
                _ = try? await plain.rest()
                await plain.close()
                try await proxy.wait(for: 1, "clavero_proxy_tls_handshake_failures_total")
                try await proxy.wait(for: 0, "clavero_proxy_sessions")
                let result = try await OpenSSL.connect(site, port: port, ["-quiet"], input: "QUIT\n")
                #expect(result.output.lines.first?.hasPrefix("220 ") == true)
                #expect(try await proxy.value("clavero_proxy_tls_handshake_failures_total") == 1)
            }
        }

        @Test("The parser of Prometheus reads the metrics of each daemon, and finds every metric of its manual")
        func parsed() async throws {
            try await LiveSite.run(server: Self.option, proxy: Self.option) { site in
                await (try Client(port: site.port, as: "alice")).close()
                for daemon in [site.keys, site.auth, site.proxy] {
                    let scrape = try await Monitor(daemon.program).get("/metrics").body
                    let program = """
                        import sys
                        from prometheus_client.parser import text_string_to_metric_families as parse
                        for family in parse(sys.argv[1]):
                            print(family.name + ("_total" if family.type == "counter" else ""))
                        """
                    let result = try await Tools.python(program, [scrape])
                    #expect(result.status == 0, "\(result.errors)")
                    let page = try String(
                        contentsOf: Repository.root.appending(path: "man/\(daemon.program.name).8"), encoding: .utf8)
                    let items = page.matches(of: /(?m)^\.It Cm ((?:clavero|process)[a-z]*_[a-z_]+)$/)
                    #expect(result.output.lines == items.map { String($0.1) })
                }
            }
        }
    }
}
