import NIOCore

/// The lanes of a link that may have a request to start or a reply to write, in the order of their turns.
struct LaneTurns {
    /// The lane whose turn it is; nil if no lane is queued.
    private(set) var current: DownstreamLane?
    /// The lanes that get their turns after the current one.
    private var waiting = CircularBuffer<DownstreamLane>()

    /// Queues the lane for a turn, unless it is already queued or has its turn now.
    mutating func queue(_ lane: DownstreamLane) {
        guard !lane.isQueued else { return }
        lane.isQueued = true
        if current == nil { current = lane } else { waiting.append(lane) }
    }

    /// Ends the turn of the current lane. The next lane becomes the current one.
    mutating func end() {
        assert(current != nil || waiting.isEmpty, "a lane that waits follows another lane")
        current?.isQueued = false
        current = waiting.popFirst()
    }
}
