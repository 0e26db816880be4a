import NIOCore

/// Checks the deadlines of many sessions with one timer. Most sessions are idle, and a timer for each would take a good
/// part of an idle session's memory.
///
/// Confined to its event loop.
final class DeadlineTimer {
    private let loop: any EventLoop
    private let interval: TimeAmount
    /// The sessions. Each knows its index, `timerIndex`.
    private var sessions: [SessionHandler] = []
    private var timer: RepeatedTask?

    init(on loop: any EventLoop, every interval: TimeAmount) {
        self.loop = loop
        self.interval = interval
    }

    func add(_ session: SessionHandler) {
        session.timerIndex = Int32(sessions.count)
        sessions.append(session)
        guard timer == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in bound.value.tick() }
    }

    /// Removes a session. The last session moves to its index.
    func remove(_ session: SessionHandler) {
        let index = session.timerIndex
        guard index >= 0, let last = sessions.popLast() else { return }
        if last !== session {
            sessions[Int(index)] = last
            last.timerIndex = index
        }
        session.timerIndex = -1
        guard sessions.isEmpty else { return }
        timer?.cancel()
        timer = nil
    }

    private func tick() {
        // A session may leave during its check.
        for session in sessions { session.checkDeadline() }
    }
}
