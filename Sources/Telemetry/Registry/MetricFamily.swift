import Synchronization

/// A metric with its values: a cell for each set of labels, and values that are read elsewhere.
///
/// A cell is removed when its last handle is destroyed. The number of cells is limited, whoever causes new labels.
final class MetricFamily: Sendable {
    package typealias Reader = @Sendable () async -> [Sample]

    /// The number of cells that are kept. Further labels are counted together, each with the value `other`.
    static let mostCells = 20_000

    private struct Entry {
        let cell: any MetricCell
        var handles = 0
    }

    private struct State {
        var entries: [[String]: Entry] = [:]
        var reader: Reader?
    }

    let metric: Metric
    private let state = Mutex(State())

    init(_ metric: Metric) {
        self.metric = metric
    }

    /// Returns the cell of those labels, which is the same each time. The caller gets a handle of it.
    func cell<Kept: MetricCell>(_ type: Kept.Type, _ labels: [String]) -> Kept {
        state.withLock { state in
            let isKept = state.entries[labels] != nil || state.entries.count < Self.mostCells
            let labels = isKept ? labels : labels.map { _ in "other" }
            let cell = state.entries[labels]?.cell as? Kept ?? Kept(SeriesKey(metric: metric.name, labels: labels))
            state.entries[labels, default: Entry(cell: cell)].handles += 1
            return cell
        }
    }

    /// Destroys a handle of a cell.
    func release(_ cell: any MetricCell) {
        state.withLock { state in
            guard let entry = state.entries[cell.key.labels], entry.cell === cell else { return }
            state.entries[cell.key.labels] = entry.handles > 1 ? Entry(cell: cell, handles: entry.handles - 1) : nil
        }
    }

    /// The cells of all labels.
    var cells: [[String]: any MetricCell] { state.withLock { $0.entries.mapValues(\.cell) } }

    func read(by reader: @escaping Reader) {
        state.withLock { $0.reader = reader }
    }

    func write(into exposition: inout Exposition) async {
        let (entries, reader) = state.withLock { ($0.entries, $0.reader) }
        exposition.begin(metric)
        for (labels, entry) in entries.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            entry.cell.write(metric, labels, into: &exposition)
        }
        for sample in await reader?() ?? [] { exposition.add(metric, sample.labels, sample.value) }
    }
}
