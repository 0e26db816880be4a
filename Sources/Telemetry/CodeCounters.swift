import CoreMetrics
import Synchronization

/// Counts replies by code. The counter of a code is made when the code first occurs, because a command uses few of the
/// codes. The counters are destroyed with this object.
package final class CodeCounters: Sendable {
    /// A node of a list that only grows at its end, so that it can be read without a lock. The first code to occur,
    /// which is usually success, is found first.
    private final class Node: Sendable {
        let code: Int
        let counter: Counter
        let next = AtomicLazyReference<Node>()

        init(_ code: Int, _ counter: Counter) {
            self.code = code
            self.counter = counter
        }

        deinit { counter.destroy() }
    }

    private let metric: Metric
    private let labels: [String]
    private let factory: any MetricsFactory
    private let first = AtomicLazyReference<Node>()

    /// `labels`: the values of all labels but the last, which is the code.
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
