/// A value that is read at a scrape.
package struct Sample: Sendable, Equatable {
    /// The values of the metric's labels, in order.
    package let labels: [String]
    package let value: Double

    package init(_ labels: [String] = [], _ value: Double) {
        self.labels = labels
        self.value = value
    }
}
