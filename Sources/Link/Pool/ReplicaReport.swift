import Wire

/// What an operator is told of a server: of one link to it, or of several together.
package struct ReplicaReport: Sendable, Equatable {
    package enum State: String, Sendable {
        /// All its links take requests.
        case ready
        /// There are links that do not, and are made again.
        case connecting
        /// It has never said what it answers.
        case unheard
        /// It has failed too often, or lets one wait: others are asked where there are any.
        case ejected
        /// It is to get nothing more.
        case draining
        /// It was taken away, and has requests to answer.
        case leaving
    }

    /// The plugins that it has announced, in order.
    package private(set) var plugins: [String] = []
    package private(set) var links = 0
    package private(set) var readyLinks = 0
    package private(set) var inFlight = 0
    package private(set) var losses = 0
    package private(set) var failures = 0
    private var lanes: Set<Lane> = []
    private var latencies: [Int64] = []
    private var isHeard = false
    private var isEjected = false
    private var isResting = false
    private var isLeaving = false

    package init() {}

    /// `lanes`: the sessions of the replica.
    init(_ replica: Replica, lanes: [Lane]) {
        let upstream = replica.upstream
        self.lanes = Set(lanes)
        for spec in upstream.manifest.specs where !plugins.contains(spec.plugin) { plugins.append(spec.plugin) }
        (links, readyLinks) = (1, upstream.isReady ? 1 : 0)
        (inFlight, losses, failures) = (upstream.load, upstream.losses, replica.failures)
        latencies = [replica.latency].filter { $0 > 0 }
        isHeard = upstream.manifest.isComplete
        isEjected = replica.isEjected || upstream.isDoubtful
        (isResting, isLeaving) = (replica.isResting, replica.isLeaving)
    }

    /// Adds what is to be told of another link to the same server.
    package mutating func add(_ other: ReplicaReport) {
        plugins += other.plugins.filter { !plugins.contains($0) }
        links += other.links
        readyLinks += other.readyLinks
        inFlight += other.inFlight
        losses += other.losses
        failures += other.failures
        lanes.formUnion(other.lanes)
        latencies += other.latencies
        isHeard = isHeard || other.isHeard
        isEjected = isEjected || other.isEjected
        isResting = isResting || other.isResting
        isLeaving = isLeaving || other.isLeaving
    }

    /// Sessions that the server has.
    package var sessions: Int { lanes.count }

    /// Of its answers, in microseconds; nil where it was not measured, as it is not where nothing depends on it.
    package var latency: Int64? {
        latencies.isEmpty ? nil : latencies.reduce(0, +) / Int64(latencies.count) / 1000
    }

    package var state: State {
        if isLeaving { return .leaving }
        if isResting { return .draining }
        if !isHeard { return .unheard }
        if readyLinks < links { return .connecting }
        return isEjected ? .ejected : .ready
    }
}

extension Pool {
    /// A report about each server, of its link on this event loop.
    package var reports: [(endpoint: Endpoint, report: ReplicaReport)] {
        replicas.map { ($0.endpoint, ReplicaReport($0, lanes: lanes(of: $0))) }
    }
}
