import CoreMetrics
import Synchronization

/// The cell of a histogram of durations. A scrape during an observation may lack it in the sum or in the count.
final class HistogramCell: MetricCell, TimerHandler {
    /// The upper bounds of the buckets, in nanoseconds. A request for data in memory takes about 20 µs, and no request
    /// may take more than half a minute.
    static let bounds: [Int64] = [
        25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000,
        100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
    ]
    private static let seconds = bounds.map { Double($0) / 1e9 }

    /// The counts of the buckets, and of the durations above all bounds.
    private let counts = InlineArray<19, Atomic<Int>> { _ in Atomic(0) }
    private let sum = Atomic(0)
    let key: SeriesKey

    init(_ key: SeriesKey) { self.key = key }

    var reading: HistogramReading { HistogramReading(counts.indices.map { counts[$0].load(ordering: .relaxed) }) }

    func recordNanoseconds(_ duration: Int64) {
        var bucket = 0
        while bucket < Self.bounds.count, duration > Self.bounds[bucket] { bucket += 1 }
        counts[bucket].add(1, ordering: .relaxed)
        sum.add(Int(duration), ordering: .relaxed)
    }

    func write(_ metric: Metric, _ labels: [String], into exposition: inout Exposition) {
        exposition.add(
            metric, labels, bounds: Self.seconds, counts: reading.counts,
            sum: Double(sum.load(ordering: .relaxed)) / 1e9)
    }
}
