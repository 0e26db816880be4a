import Testing

@testable import Shell

@Suite("The table of --stat")
struct StatTableTests {
    private static let latencies = LatencyLineTests.latencies

    @Test(
        "The table has a heading, and a line for each second",
        arguments: [80, 40])
    func table(_ columns: Int) {
        var table = StatTable(hasCounts: true, levels: Sparkline.blockLevels)
        var lines = [table.heading(columns: columns)]
        for requests in [nil, 800, 100, 400, 0, 1600, 1200] as [Int?] {
            let row = StatTable.Row(requests: requests, latencies: Self.latencies, sessions: 52)
            lines.append(table.line(row, columns: columns))
        }
        let wide = [
            "   req/s  p50 ms  p99 ms sessions  requests a second",
            "       -    0.11    0.31       52   ",
            "     800    0.11    0.31       52   █",
            "     100    0.11    0.31       52   █▂",
            "     400    0.11    0.31       52   █▂▅",
            "       0    0.11    0.31       52   █▂▅▁",
            "    1600    0.11    0.31       52   ▅▁▃▁█",
            "    1200    0.11    0.31       52   ▅▁▃▁█▇",
        ]
        // The trend has four columns, and its heading does not fit.
        let narrow = [
            "   req/s  p50 ms  p99 ms sessions",
            "       -    0.11    0.31       52   ",
            "     800    0.11    0.31       52   █",
            "     100    0.11    0.31       52   █▂",
            "     400    0.11    0.31       52   █▂▅",
            "       0    0.11    0.31       52  █▂▅▁",
            "    1600    0.11    0.31       52  ▁▃▁█",
            "    1200    0.11    0.31       52  ▃▁█▇",
        ]
        #expect(lines == (columns == 80 ? wide : narrow))
        #expect(lines.allSatisfy { $0.count < columns })
    }

    @Test("Without counts, the trend shows the latency")
    func withoutCounts() {
        var table = StatTable(hasCounts: false, levels: Sparkline.asciiLevels)
        #expect(table.heading(columns: 80) == "   req/s  p50 ms  p99 ms sessions  p99")
        let row = StatTable.Row(requests: nil, latencies: Self.latencies, sessions: nil)
        #expect(table.line(row, columns: 80) == "       -    0.11    0.31        -  #")
        let none = StatTable.Row(requests: nil, latencies: LatencyHistogram(), sessions: nil)
        #expect(table.line(none, columns: 80) == "       -       -       -        -  # ")
        #expect(table.line(row, columns: 20) == "       -    0.11   ")
    }
}
