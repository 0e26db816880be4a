import Testing

@testable import Shell

@Suite("The lines of --latency")
struct LatencyLineTests {
    static let latencies: LatencyHistogram = {
        var latencies = LatencyHistogram()
        for _ in 0..<50 { latencies.add(110_000) }
        for _ in 0..<49 { latencies.add(310_000) }
        latencies.add(80_000)
        latencies.add(1_200_000)
        return latencies
    }()
    private static let trend: [Int?] = Array(repeating: 310_000, count: 100)

    @Test("A line shows the percentiles and the number of samples")
    func line() {
        #expect(LatencyLine.text(Self.latencies) == "min 0.08  p50 0.11  p99 0.31  max 1.2 ms, 101 samples")
        #expect(LatencyLine.text(LatencyHistogram()) == "no answer")
        var one = LatencyHistogram()
        one.add(20_000_000)
        #expect(LatencyLine.text(one) == "min 20  p50 20  p99 20  max 20 ms, 1 sample")
    }

    @Test(
        "A line fits into the terminal and leaves three columns free",
        arguments: [
            (80, "min 0.08  p50 0.11  p99 0.31  max 1.2 ms, 101 samples", 22),
            (66, "min 0.08  p50 0.11  p99 0.31  max 1.2 ms, 101 samples", 8),
            (65, "min 0.08  p50 0.11  p99 0.31  max 1.2 ms", 20),
            (40, "p50 0.11  p99 0.31 ms", 14), (27, "p50 0.11  p99 0.31 ms", 1), (26, "p50 0.11  p99 0.31 ms", 0),
            (20, "p50 0.11  p99 0.3", 0), (1, "", 0),
            (200, "min 0.08  p50 0.11  p99 0.31  max 1.2 ms, 101 samples", 60),
        ])
    func width(_ columns: Int, words: String, sparks: Int) {
        let line = LatencyLine.text(Self.latencies, trend: Self.trend, columns: columns, levels: Sparkline.asciiLevels)
        #expect(line == (sparks > 0 ? "\(words)  \(String(repeating: "#", count: sparks))" : words))
        #expect(line.count <= max(0, columns - 3))
    }
}
