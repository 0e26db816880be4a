/// The declaration of a metric. The registry and the tables of the manual are made from it.
package struct Metric: Sendable {
    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// The name in Prometheus' style: the unit comes last, and `_total` after it for a counter.
    package let name: String
    package let kind: Kind
    /// The names of its labels, in the order in which values are given.
    package let labels: [String]
    /// The description, in one sentence.
    package let help: String

    package init(_ name: String, _ kind: Kind, _ labels: [String] = [], help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
    }
}
