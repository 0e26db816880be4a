import Synchronization
import Telemetry

/// The counts of the requests of the last minutes. A timer reads the counters that exist for monitoring, so no request
/// does more for it.
///
/// The memory is bounded: it keeps a fixed number of samples, each with a few numbers for each command that was ever
/// counted, and the registry bounds the commands.
package final class RequestHistory: Sendable {
    /// The time between two samples, and the number of intervals that are kept: five minutes in all.
    static let interval = Duration.seconds(5)
    static let count = 60

    private let registry: PrometheusRegistry
    private let requests: Metric
    private let durations: Metric
    private let samples: Mutex<[RequestSample]>

    /// - Parameters:
    ///   - requests: A counter with the labels `verb` and `code`.
    ///   - durations: A histogram with the label `verb`.
    package init(_ registry: PrometheusRegistry, requests: Metric, durations: Metric) {
        (self.registry, self.requests, self.durations) = (registry, requests, durations)
        samples = Mutex([])
        sample()
    }

    /// Takes samples until the task is cancelled.
    package func run() async {
        while (try? await Task.sleep(for: Self.interval)) != nil { sample() }
    }

    /// Takes a sample, and forgets the oldest one if there are too many.
    func sample() {
        let new = now
        samples.withLock { samples in
            if samples.count > Self.count { samples.removeFirst() }
            samples.append(new)
        }
    }

    /// The present counts.
    private var now: RequestSample {
        RequestSample(
            registry.counts(of: requests), registry.histograms(of: durations),
            verb: requests.labels.firstIndex(of: "verb")!, code: requests.labels.firstIndex(of: "code")!)
    }

    /// The requests of the last minutes, up to now.
    package var activity: RequestActivity { RequestActivity(samples.withLock { $0 }, now: now) }
}

/// The numbers of replies, by what they mean for the client.
struct RequestOutcomes: Sendable, Equatable {
    /// Replies with a code below 400: the request was carried out.
    var done = 0
    /// Replies with a code from 400 to 499: the same request may succeed later.
    var again = 0
    /// Replies with a code from 500 on: the request was refused.
    var refused = 0

    var total: Int { done + again + refused }

    mutating func add(_ count: Int, code: Int) {
        switch code {
        case ..<400: done += count
        case ..<500: again += count
        default: refused += count
        }
    }

    static func + (left: Self, right: Self) -> Self {
        Self(done: left.done + right.done, again: left.again + right.again, refused: left.refused + right.refused)
    }

    /// Returns the replies of `left` that `right` does not have yet.
    static func - (left: Self, right: Self) -> Self {
        Self(
            done: max(0, left.done - right.done), again: max(0, left.again - right.again),
            refused: max(0, left.refused - right.refused))
    }
}

/// The counts since the start of the process, at one time.
struct RequestSample: Sendable {
    private(set) var outcomes: [String: RequestOutcomes] = [:]
    private(set) var latencies: [String: HistogramReading] = [:]
    let time = ContinuousClock.now

    init(
        _ counts: [(labels: [String], count: Int)], _ histograms: [(labels: [String], reading: HistogramReading)],
        verb: Int, code: Int
    ) {
        for (labels, count) in counts where count > 0 {
            outcomes[labels[verb], default: RequestOutcomes()].add(count, code: Int(labels[code]) ?? 500)
        }
        for (labels, reading) in histograms where reading.total > 0 { latencies[labels[0]] = reading }
    }

    var total: RequestOutcomes { outcomes.values.reduce(RequestOutcomes(), +) }
}
