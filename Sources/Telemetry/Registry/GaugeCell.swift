import CoreMetrics
import Synchronization

final class GaugeCell: MetricCell, MeterHandler, RecorderHandler {
    let key: SeriesKey
    private let bits = Atomic(Double(0).bitPattern)

    init(_ key: SeriesKey) { self.key = key }

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
