/// The value of a metric for one set of labels.
protocol MetricCell: AnyObject, Sendable {
    init()
    func write(_ metric: Metric, _ labels: [String], into exposition: inout Exposition)
}
