import Testing

@testable import Shell

@Suite("Latencies and their percentiles")
struct LatencyHistogramTests {
    private static func latencies(_ values: some Sequence<Int>) -> LatencyHistogram {
        var latencies = LatencyHistogram()
        for value in values { latencies.add(value) }
        return latencies
    }

    /// The nearest rank is the value at position ceil(percent/100 × count) of the sorted values.
    @Test(
        "Percentiles use the nearest rank",
        arguments: [
            ([7], 7, 7, 7), ([1, 2], 1, 1, 2), ([30, 10, 20], 10, 20, 30), ([5, 5, 5, 9], 5, 5, 9),
            (Array(1...100).reversed(), 1, 50, 99), (Array(1...101), 1, 51, 100), (Array(1...200), 1, 100, 198),
            (Array(repeating: 3, count: 99) + [800], 3, 3, 3),
        ])
    func percentiles(_ values: [Int], minimum: Int, p50: Int, p99: Int) {
        let latencies = Self.latencies(values)
        #expect(latencies.count == values.count)
        #expect(latencies.minimum == minimum && latencies.maximum == values.max())
        #expect(latencies.percentile(50) == p50)
        #expect(latencies.percentile(99) == p99)
        #expect(latencies.percentile(100) == values.max())
    }

    @Test("An empty histogram has no percentiles")
    func empty() {
        let latencies = LatencyHistogram()
        #expect(latencies.minimum == nil && latencies.percentile(50) == nil && latencies.maximum == nil)
    }

    @Test("Histograms of parts add up to the histogram of the whole")
    func sums() {
        var total = Self.latencies(1...60)
        total.add(Self.latencies(41...100))
        #expect(total == Self.latencies(Array(1...60) + Array(41...100)))
        #expect(total.count == 120)
        #expect(total.percentile(50) == 50)
    }

    @Test(
        "Latencies are rounded to three digits",
        arguments: [
            (0, 0), (999, 999), (1000, 1000), (1004, 1000), (1005, 1010), (9994, 9990), (9995, 10_000),
            (123_456, 123_000), (123_500, 124_000), (10_000_000_000, 10_000_000_000),
        ])
    func threeDigits(_ nanoseconds: Int, rounded: Int) {
        #expect(LatencyHistogram.rounded(nanoseconds) == rounded)
    }

    @Test(
        "Latencies are shown in milliseconds",
        arguments: [
            (nil, "-"), (0, "0.00"), (4999, "0.00"), (5000, "0.01"), (84_000, "0.08"), (994_999, "0.99"),
            (995_000, "1.0"),
            (1_249_999, "1.2"), (1_250_000, "1.3"), (9_949_999, "9.9"), (9_950_000, "10"), (310_400_000, "310"),
            (2_000_500_000, "2001"),
        ])
    func milliseconds(_ nanoseconds: Int?, text: String) {
        #expect(LatencyFormat.text(nanoseconds) == text)
    }
}
