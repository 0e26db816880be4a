import NIOCore
import Wire

/// One server of a pool: its link and its record. All that is known of a server is kept here, for all of its plugins.
///
/// Confined to its event loop.
final class Replica {
    let endpoint: Endpoint
    let upstream: Upstream
    /// Whether an unknown command may be one of this server's until it has announced its commands.
    let isAwaited: Bool
    /// Whether it gets no new requests. Requests under way are answered, and its sessions move to other servers.
    private(set) var isDraining = false
    /// Whether it drains for good, and is removed when it has no request under way.
    private(set) var isLeaving = false
    /// The number of sessions that have chosen it, counted once for each plugin.
    var sessions = 0
    /// The mean answer time, exponentially weighted, in nanoseconds; 0 if it was not measured.
    private(set) var latency: Int64 = 0
    /// The number of requests that were not answered in time, and of links that were lost with requests.
    private(set) var failures = 0
    private var ejection = OutlierEjection()
    private(set) var isEjected = false
    /// The number of the last link whose loss was counted. A link that takes many requests with it is one failure.
    private var lostLink = 0

    init(_ endpoint: Endpoint, _ upstream: Upstream, isAwaited: Bool) {
        (self.endpoint, self.upstream, self.isAwaited) = (endpoint, upstream, isAwaited)
    }

    func setDraining(_ isDraining: Bool) { self.isDraining = isDraining || isLeaving }

    func leave() { (isDraining, isLeaving) = (true, true) }

    func score(for verb: Verb) -> ReplicaScore {
        let availability: ReplicaScore.Availability =
            isDraining || !upstream.takesRequests || !answers(verb) ? .unavailable : isHealthy ? .healthy : .suspect
        return ReplicaScore(availability: availability, load: upstream.load, sessions: sessions, latency: latency)
    }

    func answers(_ verb: Verb) -> Bool { upstream.manifest[verb] != nil }

    var isHealthy: Bool { upstream.isReady && !upstream.isSuspect && !isEjected && !isDraining }

    func answered(after time: TimeAmount) {
        ejection.succeeded()
        latency += (time.nanoseconds - latency) / 8
    }

    /// Notes that a request was lost with its link.
    func lost() {
        guard lostLink != upstream.link else { return }
        lostLink = upstream.link
        failed()
    }

    /// Notes that a request was not answered in time.
    func failed() {
        failures += 1
        ejection.failed(at: .now())
    }

    func tick(_ now: NIODeadline) { isEjected = ejection.isEjected(at: now) }
}
