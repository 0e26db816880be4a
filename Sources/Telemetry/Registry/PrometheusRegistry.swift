import CoreMetrics

/// The metrics of a process, for Prometheus to scrape.
///
/// Handles use no lock once they are made. A series is listed until all of its handles are destroyed. Metrics that were not declared are not kept, so a scrape lists
/// only metrics that are in the manual.
package final class PrometheusRegistry: MetricsFactory {
    private let families: [MetricFamily]
    private let byName: [String: MetricFamily]

    /// `metrics`: the declared metrics, in the order in which they are listed.
    package init(_ metrics: [Metric]) {
        families = metrics.map(MetricFamily.init)
        byName = Dictionary(uniqueKeysWithValues: families.map { ($0.metric.name, $0) })
    }

    /// Reads the values of a metric at each scrape. Each has other labels.
    package func observe(_ metric: Metric, _ read: @escaping @Sendable () async -> [Sample]) {
        byName[metric.name]?.read(by: read)
    }

    /// Reads the value of a metric without labels at each scrape.
    package func observe(_ metric: Metric, _ read: @escaping @Sendable () async -> Double) {
        observe(metric) { [Sample([], await read())] }
    }

    /// Returns the cells of a metric, by the values of its labels.
    func cells(of metric: Metric) -> [[String]: any MetricCell] { byName[metric.name]?.cells ?? [:] }

    /// Returns the current values in Prometheus' text format.
    package func exposition() async -> String {
        var exposition = Exposition()
        for family in families { await family.write(into: &exposition) }
        return exposition.text
    }

    // MARK: - Metrics factory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(CounterCell.self, .counter, label, dimensions) ?? NOOPMetricsHandler.instance
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(GaugeCell.self, .gauge, label, dimensions) ?? NOOPMetricsHandler.instance
    }

    /// `aggregate`: whether a distribution is asked for. Only durations have one.
    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        (aggregate ? nil : cell(GaugeCell.self, .gauge, label, dimensions)) ?? NOOPMetricsHandler.instance
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(HistogramCell.self, .histogram, label, dimensions) ?? NOOPMetricsHandler.instance
    }

    package func destroyCounter(_ handler: any CounterHandler) { release(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { release(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { release(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { release(handler) }

    private func release(_ handler: Any) {
        guard let cell = handler as? any MetricCell else { return }
        byName[cell.key.metric]?.release(cell)
    }

    private func cell<Kept: MetricCell>(
        _ type: Kept.Type, _ kind: Metric.Kind, _ name: String, _ dimensions: [(String, String)]
    ) -> Kept? {
        guard let family = byName[name] else { return nil }
        precondition(family.metric.kind == kind, "\(name) is a \(family.metric.kind)")
        precondition(family.metric.labels == dimensions.map(\.0), "\(name) has the labels \(family.metric.labels)")
        return family.cell(type, dimensions.map(\.1))
    }
}
