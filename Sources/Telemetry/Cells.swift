import CoreMetrics
import Synchronization

/// What is kept for one set of labels.
protocol Cell: AnyObject, Sendable {
    init()
    func write(_ metric: Metric, _ labels: [String], into exposition: inout Exposition)
}

final class CounterCell: Cell, CounterHandler {
    private let count = Atomic(0)

    func increment(by amount: Int64) { count.add(Int(amount), ordering: .relaxed) }

    /// A counter goes back only when the process begins anew.
    func reset() {}

    func write(_ metric: Metric, _ labels: [String], into exposition: inout Exposition) {
        exposition.add(metric, labels, Double(count.load(ordering: .relaxed)))
    }
}

final class GaugeCell: Cell, MeterHandler, RecorderHandler {
    private let bits = Atomic(Double(0).bitPattern)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func increment(by amount: Double) { change { $0 + amount } }
    func decrement(by amount: Double) { change { $0 - amount } }

    private func change(_ body: (Double) -> Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = body(Double(bitPattern: old)).bitPattern
            let result = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if result.exchanged { return }
            old = result.original
        }
    }

    func write(_ metric: Metric, _ labels: [String], into exposition: inout Exposition) {
        exposition.add(metric, labels, Double(bitPattern: bits.load(ordering: .relaxed)))
    }
}

/// Durations, by how long they were. What is read while somebody observes may lack that one in the sum or the count.
final class HistogramCell: Cell, TimerHandler {
    /// Nanoseconds that belong to each bucket at most. A request that finds what it needs in memory takes some 20 µs,
    /// and none may take more than half a minute.
    static let bounds: [Int64] = [
        25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000,
        100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
    ]
    private static let seconds = bounds.map { Double($0) / 1e9 }

    /// One for each bound, and one for what is above them all.
    private let counts = InlineArray<19, Atomic<Int>> { _ in Atomic(0) }
    private let sum = Atomic(0)

    func recordNanoseconds(_ duration: Int64) {
        var bucket = 0
        while bucket < Self.bounds.count, duration > Self.bounds[bucket] { bucket += 1 }
        counts[bucket].add(1, ordering: .relaxed)
        sum.add(Int(duration), ordering: .relaxed)
    }

    func write(_ metric: Metric, _ labels: [String], into exposition: inout Exposition) {
        exposition.add(
            metric, labels, bounds: Self.seconds, counts: counts.indices.map { counts[$0].load(ordering: .relaxed) },
            sum: Double(sum.load(ordering: .relaxed)) / 1e9)
    }
}
