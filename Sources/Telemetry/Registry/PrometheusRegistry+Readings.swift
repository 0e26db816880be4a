/// The present values of metrics, for other pages than the exposition.
extension PrometheusRegistry {
    /// Returns the counts of a counter, each with the values of its labels.
    package func counts(of metric: Metric) -> [(labels: [String], count: Int)] {
        cells(of: metric).compactMap { labels, cell in (cell as? CounterCell).map { (labels, $0.value) } }
    }

    /// Returns the sum of a counter's counts.
    package func sum(of metric: Metric) -> Int { counts(of: metric).reduce(0) { $0 + $1.count } }

    /// Returns the buckets of a histogram, each with the values of its labels.
    package func histograms(of metric: Metric) -> [(labels: [String], reading: HistogramReading)] {
        cells(of: metric).compactMap { labels, cell in (cell as? HistogramCell).map { (labels, $0.reading) } }
    }
}
