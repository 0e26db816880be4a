import NIOCore
import NIOEmbedded
import Telemetry
import Testing
import Wire

@testable import Link

@Suite("What a pool counts and reports of its servers")
struct PoolMetricsTests {
    private let registry = PrometheusRegistry(Metric.proxyMetrics)

    /// Returns the names and labels of all series with values that a pool counts.
    private func series() async -> [String] {
        await registry.exposition().split(separator: "\n").filter { !$0.hasPrefix("#") && $0.contains("{") }
            .map { String($0.prefix { $0 != " " }) }
    }

    @Test("A server that is removed takes its series with it, and those of other servers stay")
    func removal() async throws {
        let site = try PoolTests(metrics: registry, isAnnounced: true)
        let before = await series()
        #expect(before == (0...1).map { "clavero_proxy_link_losses_total{upstream=\"192.0.2.\($0):1\"}" })
        try site.give("ASK", "a", lane: 1)
        try site.give("ONCE", "b", lane: 2)
        try site.links[0].say("#1 250 2.0.0 a")
        try site.links[1].say("#2 250 2.0.0 b")
        let after = await series()
        #expect(after.contains(#"clavero_proxy_requests_total{upstream="192.0.2.0:1",verb="ASK",code="250"}"#))
        #expect(after.contains(#"clavero_proxy_request_duration_seconds_count{verb="ASK"}"#))
        site.pool.remove(PoolTests.server(0))
        let left = await series()
        #expect(left == after.filter { !$0.contains("192.0.2.0") && !$0.contains("ASK") })
        #expect(left.count == 22 + 1)
    }

    @Test("The reason of a silent server says what to do about TLS, unless it has greeted")
    func silence() throws {
        let site = try PoolTests(isAnnounced: false)
        let silent = FalseLink()
        site.pool.add(PoolTests.server(2), over: silent)
        site.loop.advanceTime(by: .seconds(10))
        #expect(site.report(0)?.reason == "it has not announced its commands in time")
        #expect(site.report(2)?.reason == "it has sent no greeting in time; look at TLS")
    }
}
