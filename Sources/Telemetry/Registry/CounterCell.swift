import CoreMetrics
import Synchronization

final class CounterCell: MetricCell, CounterHandler {
    let key: SeriesKey
    private let count = Atomic(0)

    init(_ key: SeriesKey) { self.key = key }

    var value: Int { count.load(ordering: .relaxed) }

    func increment(by amount: Int64) { count.add(Int(amount), ordering: .relaxed) }

    /// Does nothing. A counter goes back only when the process restarts.
    func reset() {}

    func write(_ metric: Metric, _ labels: [String], into exposition: inout Exposition) {
        exposition.add(metric, labels, Double(value))
    }
}
