import Synchronization

/// A metric with its values: a cell for each set of labels, and values that are read elsewhere.
final class MetricFamily: Sendable {
    package typealias Reader = @Sendable () async -> [Sample]

    private struct State {
        var cells: [[String]: any MetricCell] = [:]
        var reader: Reader?
    }

    let metric: Metric
    private let state = Mutex(State())

    init(_ metric: Metric) {
        self.metric = metric
    }

    /// Returns the cell of those labels, which is the same each time.
    func cell<Kept: MetricCell>(_ type: Kept.Type, _ labels: [String]) -> Kept {
        state.withLock { state in
            if let known = state.cells[labels] as? Kept { return known }
            let new = Kept()
            state.cells[labels] = new
            return new
        }
    }

    /// The cells of all labels.
    var cells: [[String]: any MetricCell] { state.withLock { $0.cells } }

    func read(by reader: @escaping Reader) {
        state.withLock { $0.reader = reader }
    }

    func write(into exposition: inout Exposition) async {
        let (cells, reader) = state.withLock { ($0.cells, $0.reader) }
        exposition.begin(metric)
        for (labels, cell) in cells.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            cell.write(metric, labels, into: &exposition)
        }
        for sample in await reader?() ?? [] { exposition.add(metric, sample.labels, sample.value) }
    }
}
