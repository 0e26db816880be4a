import Synchronization
import Telemetry

/// The counts of the requests of the last minutes. A timer reads the counters that exist for monitoring, so no request
/// does more for it.
///
/// The memory is bounded: it keeps a fixed number of intervals, each with a few numbers for each command that was
/// counted in it, and the registry bounds the commands.
package final class RequestHistory: Sendable {
    /// The length of an interval, and the number of intervals that are kept: five minutes in all.
    static let interval = Duration.seconds(5)
    static let count = 60

    private struct State {
        var last: RequestReading
        var intervals: [RequestInterval] = []
    }

    private let registry: PrometheusRegistry
    private let requests: Metric
    private let durations: Metric
    private let state: Mutex<State>

    /// - Parameters:
    ///   - requests: A counter with the labels `verb` and `code`.
    ///   - durations: A histogram with the label `verb`.
    package init(_ registry: PrometheusRegistry, requests: Metric, durations: Metric) {
        (self.registry, self.requests, self.durations) = (registry, requests, durations)
        state = Mutex(State(last: RequestReading(registry, requests, durations)))
    }

    /// Ends intervals until the task is cancelled.
    package func run() async {
        while (try? await Task.sleep(for: Self.interval)) != nil { sample() }
    }

    /// Ends an interval, and forgets the oldest one if there are too many.
    func sample() {
        state.withLock { state in
            let reading = RequestReading(registry, requests, durations)
            if state.intervals.count >= Self.count { state.intervals.removeFirst() }
            state.intervals.append(RequestInterval(from: state.last, to: reading))
            state.last = reading
        }
    }

    /// The requests of the last minutes, up to now.
    package var activity: RequestActivity {
        state.withLock { state in
            let reading = RequestReading(registry, requests, durations)
            return RequestActivity(state.intervals, unfinished: RequestInterval(from: state.last, to: reading))
        }
    }
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
}

/// The values of the counters at one time.
private struct RequestReading: Sendable {
    let time = ContinuousClock.now
    let counts: [[String]: Int]
    let latencies: [[String]: HistogramReading]
    let verb: Int
    let code: Int

    init(_ registry: PrometheusRegistry, _ requests: Metric, _ durations: Metric) {
        counts = Dictionary(uniqueKeysWithValues: registry.counts(of: requests).map { ($0.labels, $0.count) })
        latencies = Dictionary(
            uniqueKeysWithValues: registry.histograms(of: durations).map { ($0.labels, $0.reading) })
        (verb, code) = (requests.labels.firstIndex(of: "verb")!, requests.labels.firstIndex(of: "code")!)
    }
}

/// The requests that were answered between two readings of the counters.
struct RequestInterval: Sendable {
    let start: ContinuousClock.Instant
    let end: ContinuousClock.Instant
    private(set) var outcomes: [String: RequestOutcomes] = [:]
    private(set) var latencies: [String: HistogramReading] = [:]

    /// Creates an interval. A counter that was removed meanwhile adds nothing, and one that was made again adds its
    /// whole count.
    fileprivate init(from old: RequestReading, to new: RequestReading) {
        (start, end) = (old.time, new.time)
        for (labels, count) in new.counts {
            let before = old.counts[labels, default: 0]
            let added = count < before ? count : count - before
            guard added > 0 else { continue }
            outcomes[labels[new.verb], default: RequestOutcomes()].add(added, code: Int(labels[new.code]) ?? 500)
        }
        for (labels, reading) in new.latencies {
            let before = old.latencies[labels, default: HistogramReading()]
            let added = reading.total < before.total ? reading : reading - before
            if added.total > 0 { latencies[labels[0]] = added }
        }
    }

    var total: RequestOutcomes { outcomes.values.reduce(RequestOutcomes(), +) }
}
