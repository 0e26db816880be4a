import Synchronization

/// A load to be put on a server.
struct Load: Sendable {
    var target: Target
    var connections: Int
    var shape = ReplyShape.line
    /// The beginning that each reply must have.
    var expected = "250 "
    /// A closure that returns the exchanges of connection number `n` before the measurement.
    var preamble: @Sendable (Int) -> [Exchange] = { _ in [.greeting] }
    /// A closure that returns the requests of connection number `n`.
    var script: @Sendable (Int) -> Script
    var pace: Pace
    /// The seconds before the measured span.
    var warmUp = 0.3
    /// The seconds that are measured. The span ends sooner if all scripts end.
    var seconds = 1.0

    enum Pace: Sendable {
        /// Each connection has this many unanswered requests. The next one is sent when a reply has come.
        case closed(inFlight: Int)
        /// All connections together send this many requests a second, even if replies are late. A latency is counted
        /// from the time at which the request was due. So it includes the time that requests had to wait for a slow
        /// server.
        case open(rate: Double)
    }

    /// Creates a load that sends the same request for ever.
    init(_ target: Target, connections: Int, inFlight: Int, request: [UInt8]) {
        let script = Script(repeating: request, inFlight: inFlight)
        self.init(target, connections: connections, pace: .closed(inFlight: inFlight)) { _ in script }
    }

    init(
        _ target: Target, connections: Int, pace: Pace, script: @escaping @Sendable (Int) -> Script
    ) {
        self.target = target
        self.connections = connections
        self.pace = pace
        self.script = script
    }

    /// Connects, runs the preambles, and puts the load on the server until its time is over or `stop` is set.
    func run(until stop: StopFlag? = nil) throws(LoadError) -> LoadResult {
        let loop = try LoadLoop(self)
        return try loop.run(until: stop)
    }
}

/// The results of a load.
struct LoadResult: Sendable {
    /// The number of replies in the measured span.
    let replies: Int
    /// The length of the measured span, in seconds.
    let seconds: Double
    /// Latencies in nanoseconds.
    let p50, p99, p999, maximum: UInt64

    var rate: Double { Double(replies) / seconds }

    init(_ latencies: borrowing Histogram, seconds: Double) {
        replies = Int(latencies.count)
        self.seconds = seconds
        p50 = latencies.percentile(0.5)
        p99 = latencies.percentile(0.99)
        p999 = latencies.percentile(0.999)
        maximum = latencies.maximum
    }
}

/// A flag that tells a load on another thread to end.
final class StopFlag: Sendable {
    private let isRaised = Atomic(false)

    var isSet: Bool { isRaised.load(ordering: .relaxed) }
    func set() { isRaised.store(true, ordering: .relaxed) }
}
