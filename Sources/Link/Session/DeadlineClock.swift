import NIOCore

/// Looks at the deadlines of many sessions, with one timer for all of them: most are idle, and a timer is a good part of
/// what an idle one takes.
///
/// Confined to its event loop.
final class DeadlineClock {
    private let loop: any EventLoop
    private let interval: TimeAmount
    /// Each knows its place, `clockPlace`.
    private var sessions: [SessionHandler] = []
    private var timer: RepeatedTask?

    init(on loop: any EventLoop, every interval: TimeAmount) {
        self.loop = loop
        self.interval = interval
    }

    func add(_ session: SessionHandler) {
        session.clockPlace = Int32(sessions.count)
        sessions.append(session)
        guard timer == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in bound.value.tick() }
    }

    /// The last takes the place of the one that goes.
    func remove(_ session: SessionHandler) {
        let place = session.clockPlace
        guard place >= 0, let last = sessions.popLast() else { return }
        if last !== session {
            sessions[Int(place)] = last
            last.clockPlace = place
        }
        session.clockPlace = -1
        guard sessions.isEmpty else { return }
        timer?.cancel()
        timer = nil
    }

    private func tick() {
        // A session may leave while it looks.
        for session in sessions { session.checkDeadline() }
    }
}
