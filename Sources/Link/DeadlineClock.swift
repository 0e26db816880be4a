import NIOCore

/// Looks at the deadlines of many sessions, with one timer for all of them: most are idle, and a timer is a good part of
/// what an idle one takes.
///
/// Confined to its event loop.
final class DeadlineClock {
    private let loop: any EventLoop
    private let interval: TimeAmount
    private var sessions: [ObjectIdentifier: SessionHandler] = [:]
    private var timer: RepeatedTask?

    init(on loop: any EventLoop, every interval: TimeAmount) {
        self.loop = loop
        self.interval = interval
    }

    func add(_ session: SessionHandler) {
        sessions[ObjectIdentifier(session)] = session
        guard timer == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in bound.value.tick() }
    }

    func remove(_ session: SessionHandler) {
        sessions[ObjectIdentifier(session)] = nil
        guard sessions.isEmpty else { return }
        timer?.cancel()
        timer = nil
    }

    private func tick() {
        // A session may leave while it looks.
        for session in Array(sessions.values) { session.checkDeadline() }
    }
}
