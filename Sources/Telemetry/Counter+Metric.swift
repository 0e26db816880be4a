import CoreMetrics

extension Counter {
    /// Makes the metric's counter for those labels. If `factory` does not have the metric, it counts nothing.
    package convenience init(_ metric: Metric, _ labels: [String] = [], in factory: any MetricsFactory) {
        self.init(label: metric.name, dimensions: Array(zip(metric.labels, labels)), factory: factory)
    }
}

extension CoreMetrics.Timer {
    /// Makes the metric's histogram for those labels. If `factory` does not have the metric, it records nothing.
    package convenience init(_ metric: Metric, _ labels: [String] = [], in factory: any MetricsFactory) {
        let dimensions = Array(zip(metric.labels, labels))
        self.init(
            label: metric.name, dimensions: dimensions,
            handler: factory.makeTimer(label: metric.name, dimensions: dimensions), factory: factory)
    }
}
