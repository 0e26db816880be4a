import NIOCore
import Wire

/// One server of a pool: its link, and how it has done. Whatever is known of a server is known here, for all its plugins.
///
/// Confined to its event loop.
final class Replica {
    let endpoint: Endpoint
    let upstream: Upstream
    /// Whether an unknown command may be one of its own, as long as it has not said what it answers.
    let isAwaited: Bool
    /// Whether it gets nothing more: what is under way there is answered, and its sessions go to others.
    private(set) var isResting = false
    /// Whether it rests for good, and goes once nothing is under way there.
    private(set) var isLeaving = false
    /// Sessions that are its own, counted once for each plugin.
    var sessions = 0
    /// An exponentially weighted mean, in nanoseconds; 0 where it was not measured.
    private(set) var latency: Int64 = 0
    /// Requests that were lost with their link, a link's as one, or were not answered in time.
    private(set) var failures = 0
    private var ejection = Ejection()
    private(set) var isEjected = false
    /// The link whose loss was noted last: the many requests that it takes along are one failure.
    private var lostLink = 0

    init(_ endpoint: Endpoint, _ upstream: Upstream, isAwaited: Bool) {
        (self.endpoint, self.upstream, self.isAwaited) = (endpoint, upstream, isAwaited)
    }

    func rest(_ isResting: Bool) { self.isResting = isResting || isLeaving }

    func leave() { (isResting, isLeaving) = (true, true) }

    func standing(for verb: Verb) -> Standing {
        let health: Standing.Health =
            isResting || !upstream.takesRequests || !answers(verb) ? .out : isHealthy ? .healthy : .doubtful
        return Standing(health: health, load: upstream.load, sessions: sessions, latency: latency)
    }

    func answers(_ verb: Verb) -> Bool { upstream.manifest[verb] != nil }

    var isHealthy: Bool { upstream.isReady && !upstream.isDoubtful && !isEjected && !isResting }

    func answered(after time: TimeAmount) {
        ejection.succeeded()
        latency += (time.nanoseconds - latency) / 8
    }

    /// A request was lost with its link.
    func lost() {
        guard lostLink != upstream.link else { return }
        lostLink = upstream.link
        failed()
    }

    /// A request was not answered in time.
    func failed() {
        failures += 1
        ejection.failed(at: .now())
    }

    func tick(_ now: NIODeadline) { isEjected = ejection.isOut(at: now) }
}
