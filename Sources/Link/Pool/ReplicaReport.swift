import Wire

/// A report about a server for the operator, from one link or from several links together.
package struct ReplicaReport: Sendable, Equatable {
    package enum State: String, Sendable {
        /// All its links take requests.
        case ready
        /// Some of its links are not ready, and are being made again.
        case connecting
        /// It has never announced its commands.
        case unheard
        /// It has failed too often or does not answer a heartbeat. Other servers are preferred.
        case ejected
        /// It gets no new requests.
        case draining
        /// It was removed and still has requests to answer.
        case leaving
    }

    /// The plugins that it has announced and that a pool takes, in order.
    package private(set) var plugins: [String] = []
    package private(set) var links = 0
    package private(set) var readyLinks = 0
    package private(set) var inFlight = 0
    package private(set) var losses = 0
    package private(set) var failures = 0
    /// The reason why one of its links is not ready, as the system or the server states it; nil if none is known.
    package private(set) var reason: String?
    private var lanes: Set<Lane> = []
    private var latencies: [Int64] = []
    private var isHeard = false
    private var isEjected = false
    private var isDraining = false
    private var isLeaving = false

    package init() {}

    /// `lanes`: the sessions of the replica.
    init(_ replica: Replica, lanes: [Lane]) {
        let upstream = replica.upstream
        self.lanes = Set(lanes)
        for spec in upstream.manifest.specs where plugins.count < Pool.mostPlugins && !plugins.contains(spec.plugin) {
            plugins.append(spec.plugin)
        }
        (links, readyLinks) = (1, upstream.isReady ? 1 : 0)
        reason = upstream.reason
        (inFlight, losses, failures) = (upstream.load, upstream.losses, replica.failures)
        latencies = [replica.latency].filter { $0 > 0 }
        isHeard = upstream.manifest.isComplete
        isEjected = replica.isEjected || upstream.isSuspect
        (isDraining, isLeaving) = (replica.isDraining, replica.isLeaving)
    }

    /// Adds the report of another link to the same server.
    package mutating func add(_ other: ReplicaReport) {
        plugins += other.plugins.filter { !plugins.contains($0) }
        links += other.links
        reason = reason ?? other.reason
        readyLinks += other.readyLinks
        inFlight += other.inFlight
        losses += other.losses
        failures += other.failures
        lanes.formUnion(other.lanes)
        latencies += other.latencies
        isHeard = isHeard || other.isHeard
        isEjected = isEjected || other.isEjected
        isDraining = isDraining || other.isDraining
        isLeaving = isLeaving || other.isLeaving
    }

    /// The number of the server's sessions.
    package var sessions: Int { lanes.count }

    /// The mean answer time, in microseconds; nil if it was not measured. It is measured only where servers are chosen
    /// by it.
    package var latency: Int64? {
        latencies.isEmpty ? nil : latencies.reduce(0, +) / Int64(latencies.count) / 1000
    }

    package var state: State {
        if isLeaving { return .leaving }
        if isDraining { return .draining }
        if !isHeard { return .unheard }
        if readyLinks < links { return .connecting }
        return isEjected ? .ejected : .ready
    }
}

extension Pool {
    /// The reports about all servers, each from its link on this event loop.
    package var reports: [(endpoint: Endpoint, report: ReplicaReport)] {
        replicas.map { ($0.endpoint, ReplicaReport($0, lanes: lanes(of: $0))) }
    }
}
