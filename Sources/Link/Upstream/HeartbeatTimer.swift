import NIOCore

/// The heartbeat of an upstream's link, with its timer. Confined to its event loop.
final class HeartbeatTimer {
    private var heartbeat = Heartbeat()
    private var timer: RepeatedTask?
    /// The bytes that the channel had not written at the last tick.
    private var unwritten = 0

    /// Whether the other end has not answered a heartbeat in time.
    var isSuspect: Bool { heartbeat.isSuspect }

    /// Calls `beat` at each interval, until `stop`. Does nothing if that is so already.
    func start(every interval: TimeAmount, on loop: any EventLoop, _ beat: @escaping @Sendable () -> Void) {
        guard timer == nil else { return }
        timer = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in beat() }
    }

    func stop() {
        timer.take()?.cancel()
        heartbeat = Heartbeat()
    }

    /// Notes a tick, and returns what to do.
    ///
    /// - Parameters:
    ///   - hasReceived: whether bytes came since the last tick.
    ///   - unwritten: the bytes that wait to be written to the other end.
    func tick(hasReceived: Bool, unwritten: Int) -> Heartbeat.Action {
        if hasReceived { heartbeat.heard() }
        defer { self.unwritten = unwritten }
        return heartbeat.tick(hasMoved: unwritten < self.unwritten)
    }
}
