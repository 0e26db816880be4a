import Wire

/// The state of a link.
extension Upstream {
    package var isReady: Bool { channel != nil && end.machine.isReady }

    /// Whether there is a link; what is answered without one is this end's own answer.
    var isConnected: Bool { channel != nil }

    /// Whether a request would be sent, and not answered with 451 at once.
    var takesRequests: Bool {
        isReady && end.output.count < end.machine.mostUnwritten && end.pending.count < limits.requests
    }

    /// Requests that are not answered.
    var load: Int { end.pending.count + end.machine.incoming }

    /// Whether a request is under way in the lane.
    func isWaiting(in lane: Lane) -> Bool { end.machine.isWaiting(in: lane) }

    /// The number of requests under way in the lane.
    func waiting(in lane: Lane) -> Int { end.machine.waiting(in: lane) }

    /// The session waits for none of the lane's answers any more.
    func abandon(_ lane: Lane) { end.machine.abandon(lane) }

    /// Whether the lane has sent something on this link.
    func knows(_ lane: Lane) -> Bool { end.machine.knows(lane) }

    /// The caller as this link knows it: a log-in or a log-out that was answered here since the request was given counts.
    func asKnown(_ caller: Caller) -> Caller {
        guard let identity = end.machine.identity(of: caller.lane) else { return caller }
        return caller.acting(with: identity.name)
    }

    /// The lanes that have sent something on this link, and go on.
    var lanes: [Lane] { end.machine.known }
}
