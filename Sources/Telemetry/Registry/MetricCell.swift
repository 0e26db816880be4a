/// The value of a metric for one set of labels.
protocol MetricCell: AnyObject, Sendable {
    var key: SeriesKey { get }
    init(_ key: SeriesKey)
    func write(_ metric: Metric, _ labels: [String], into exposition: inout Exposition)
}

/// The name of a metric, and the values of its labels.
struct SeriesKey: Sendable {
    let metric: String
    let labels: [String]
}
