import CoreMetrics

/// The metrics of a process, for Prometheus to scrape.
///
/// Handles are made at start-up, and what they do then takes no lock. What was not declared is not kept: there is nothing
/// in a scrape that the manual does not list.
package final class PrometheusRegistry: MetricsFactory {
    private let families: [Family]
    private let byName: [String: Family]

    /// `metrics`: those that there are, in the order in which they are listed.
    package init(_ metrics: [Metric]) {
        families = metrics.map(Family.init)
        byName = Dictionary(uniqueKeysWithValues: families.map { ($0.metric.name, $0) })
    }

    /// Has the values of a metric read whenever they are asked for. The labels are all different.
    package func observe(_ metric: Metric, _ read: @escaping @Sendable () async -> [Sample]) {
        byName[metric.name]?.read(by: read)
    }

    /// The same for a metric without labels.
    package func observe(_ metric: Metric, _ read: @escaping @Sendable () async -> Double) {
        observe(metric) { [Sample([], await read())] }
    }

    /// What there is now.
    package func exposition() async -> String {
        var exposition = Exposition()
        for family in families { await family.write(into: &exposition) }
        return exposition.text
    }

    // MARK: - What swift-metrics asks for

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(CounterCell.self, .counter, label, dimensions) ?? NOOPMetricsHandler.instance
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(GaugeCell.self, .gauge, label, dimensions) ?? NOOPMetricsHandler.instance
    }

    /// `aggregate`: there are distributions of durations only.
    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        (aggregate ? nil : cell(GaugeCell.self, .gauge, label, dimensions)) ?? NOOPMetricsHandler.instance
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(HistogramCell.self, .histogram, label, dimensions) ?? NOOPMetricsHandler.instance
    }

    // What was counted once stays, so that it does not seem to go back.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private func cell<Kept: Cell>(
        _ type: Kept.Type, _ kind: Metric.Kind, _ name: String, _ dimensions: [(String, String)]
    ) -> Kept? {
        guard let family = byName[name] else { return nil }
        precondition(family.metric.kind == kind, "\(name) is a \(family.metric.kind)")
        precondition(family.metric.labels == dimensions.map(\.0), "\(name) has the labels \(family.metric.labels)")
        return family.cell(type, dimensions.map(\.1))
    }
}
