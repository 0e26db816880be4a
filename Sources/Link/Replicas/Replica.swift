import NIOCore
import Wire

/// One of several servers that answer the same: its link, and how it has done.
///
/// Confined to its event loop.
final class Replica {
    let upstream: Upstream
    /// Sessions that are its own.
    var sessions = 0
    /// An exponentially weighted mean, in nanoseconds.
    private var latency: Int64 = 0
    private var ejection = Ejection()
    private var isEjected = false
    /// The link whose loss was noted last: the many requests that it takes along are one failure.
    private var lostLink = 0

    init(_ upstream: Upstream) {
        self.upstream = upstream
    }

    func standing(for verb: Verb) -> Standing {
        let health: Standing.Health =
            !upstream.takesRequests || !answers(verb) ? .out : isHealthy ? .healthy : .doubtful
        return Standing(health: health, load: upstream.load, sessions: sessions, latency: latency)
    }

    func answers(_ verb: Verb) -> Bool { upstream.manifest[verb] != nil }

    var isHealthy: Bool { upstream.isReady && !upstream.isDoubtful && !isEjected }

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
    func failed() { ejection.failed(at: .now()) }

    func tick(_ now: NIODeadline) { isEjected = ejection.isOut(at: now) }
}
