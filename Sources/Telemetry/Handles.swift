import CoreMetrics
import Synchronization

extension Counter {
    /// The metric's counter for those labels. Where `factory` does not have the metric, it counts nothing.
    package convenience init(_ metric: Metric, _ labels: [String] = [], in factory: any MetricsFactory) {
        self.init(label: metric.name, dimensions: Array(zip(metric.labels, labels)), factory: factory)
    }
}

extension CoreMetrics.Timer {
    /// The metric's histogram for those labels. Where `factory` does not have the metric, it records nothing.
    package convenience init(_ metric: Metric, _ labels: [String] = [], in factory: any MetricsFactory) {
        let dimensions = Array(zip(metric.labels, labels))
        self.init(
            label: metric.name, dimensions: dimensions,
            handler: factory.makeTimer(label: metric.name, dimensions: dimensions), factory: factory)
    }
}

/// Counts by the code of a reply. The counter of a code is made when the code is first met: few of those that there are
/// belong to any one command.
package final class CodeCounters: Sendable {
    /// A list that only grows, at its end, so that it is read without a lock. The code that is met first, which most often
    /// is the one of success, is found first.
    private final class Node: Sendable {
        let code: Int
        let counter: Counter
        let next = AtomicLazyReference<Node>()

        init(_ code: Int, _ counter: Counter) {
            self.code = code
            self.counter = counter
        }
    }

    private let metric: Metric
    private let labels: [String]
    private let factory: any MetricsFactory
    private let first = AtomicLazyReference<Node>()

    /// `labels`: of all labels but the last, which is the code.
    package init(_ metric: Metric, _ labels: [String], in factory: any MetricsFactory) {
        self.metric = metric
        self.labels = labels
        self.factory = factory
    }

    package func add(_ code: Int) {
        var node = first.load() ?? first.storeIfNil(new(code))
        while node.code != code { node = node.next.load() ?? node.next.storeIfNil(new(code)) }
        node.counter.increment()
    }

    private func new(_ code: Int) -> Node { Node(code, Counter(metric, labels + ["\(code)"], in: factory)) }
}
