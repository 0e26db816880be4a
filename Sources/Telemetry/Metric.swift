/// What is measured, declared once: what is scraped and what the manual lists are both made from this.
package struct Metric: Sendable {
    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// As Prometheus has it: `_total` behind a counter, the unit behind what has one.
    package let name: String
    package let kind: Kind
    /// The names of its labels, in the order in which their values are given.
    package let labels: [String]
    /// One sentence.
    package let help: String

    package init(_ name: String, _ kind: Kind, _ labels: [String] = [], help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
    }
}

/// A value that is read when somebody asks.
package struct Sample: Sendable, Equatable {
    /// Of the metric's labels, in their order.
    package let labels: [String]
    package let value: Double

    package init(_ labels: [String] = [], _ value: Double) {
        self.labels = labels
        self.value = value
    }
}
