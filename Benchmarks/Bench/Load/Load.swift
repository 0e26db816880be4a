import Synchronization

/// A load to be put on a server.
struct Load: Sendable {
    var target: Target
    var connections: Int
    var shape = ReplyShape.line
    /// How each reply has to begin.
    var expected = "250 "
    /// Said on connection number `n` before anything is measured.
    var preamble: @Sendable (Int) -> [Exchange] = { _ in [.greeting] }
    /// What connection number `n` sends.
    var script: @Sendable (Int) -> Script
    var pace: Pace
    /// Seconds before the measured span.
    var warmUp = 0.3
    /// Seconds that are measured. Scripts that end may end it sooner.
    var seconds = 1.0

    enum Pace: Sendable {
        /// So many requests under way on each connection: the next is sent when a reply has come.
        case closed(inFlight: Int)
        /// So many requests a second over all connections, whatever becomes of the replies. A latency is counted from
        /// when its request was due, and so has the time in it that a slow server made others wait.
        case open(rate: Double)
    }

    /// The same request for ever.
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

    /// Connects, says the preambles, and puts the load on until its time is over or `stop` is set.
    func run(until stop: StopFlag? = nil) throws(LoadError) -> LoadResult {
        let loop = try LoadLoop(self)
        return try loop.run(until: stop)
    }
}

/// What a load measured.
struct LoadResult: Sendable {
    /// Replies in the measured span.
    let replies: Int
    /// Its length in seconds.
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

/// Tells a load on another thread to end.
final class StopFlag: Sendable {
    private let isRaised = Atomic(false)

    var isSet: Bool { isRaised.load(ordering: .relaxed) }
    func set() { isRaised.store(true, ordering: .relaxed) }
}
