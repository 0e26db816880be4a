import CoreMetrics
import Testing

@testable import Telemetry

@Suite("The readings of a histogram")
struct ReadingTests {
    /// Returns a reading with these numbers of observations, by the upper bounds of their buckets in nanoseconds.
    private static func reading(_ counts: [Int64: Int], above: Int = 0) -> HistogramReading {
        HistogramReading(HistogramCell.bounds.map { counts[$0] ?? 0 } + [above])
    }

    /// The estimates are those of Prometheus' histogram_quantile: linear within a bucket.
    @Test("A quantile is estimated as Prometheus does")
    func quantiles() throws {
        let one = Self.reading([50_000: 10])
        #expect(abs(try #require(one.quantile(0.5)) - 37.5e-6) < 1e-12)
        #expect(abs(try #require(one.quantile(1)) - 50e-6) < 1e-12)
        let two = Self.reading([100_000: 98, 10_000_000: 2])
        #expect(abs(try #require(two.quantile(0.99)) - 7.5e-3) < 1e-12)
        #expect(abs(try #require(Self.reading([25_000: 4]).quantile(0.5)) - 12.5e-6) < 1e-12)
        #expect(Self.reading([25_000: 1], above: 99).quantile(0.99) == 10)
        #expect(Self.reading([:]).quantile(0.5) == nil)
    }

    @Test("The difference of two readings has the observations between them")
    func differences() {
        let (before, after) = (Self.reading([25_000: 3, 50_000: 1]), Self.reading([25_000: 5, 50_000: 1], above: 2))
        #expect(after - before == Self.reading([25_000: 2], above: 2))
        #expect((after - before).total == 4)
        #expect(before + before == Self.reading([25_000: 6, 50_000: 2]))
    }

    @Test("Counters and histograms are read with the values of their labels")
    func registry() {
        let (events, times) = (
            Metric("events_total", .counter, ["kind"], help: "Events."),
            Metric("times_seconds", .histogram, ["kind"], help: "Times.")
        )
        let registry = PrometheusRegistry([events, times])
        Counter(events, ["a"], in: registry).increment(by: 3)
        Counter(events, ["b"], in: registry).increment()
        CoreMetrics.Timer(times, ["a"], in: registry).recordNanoseconds(30_000)
        let counts = registry.counts(of: events).sorted { $0.labels[0] < $1.labels[0] }
        #expect(counts.map(\.labels) == [["a"], ["b"]] && counts.map(\.count) == [3, 1])
        #expect(registry.sum(of: events) == 4 && registry.sum(of: times) == 0)
        #expect(registry.histograms(of: times).map(\.reading) == [Self.reading([50_000: 1])])
    }
}
