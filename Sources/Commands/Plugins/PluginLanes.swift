import Synchronization
import Wire

/// The sessions that use plugin processes. A plugin is told that a session has ended only after the session's last
/// request was answered. Otherwise a running request could reach the plugin after the end of its session.
final class PluginLanes: Sendable {
    private struct State {
        /// The number of running requests of each lane.
        var running: [Lane: Int] = [:]
        /// The lanes that have ended while requests were running.
        var ended: Set<Lane> = []
        var listeners: [@Sendable (Lane) -> Void] = []
    }

    private let state = Mutex(State())

    /// Calls `body` for each session that has ended and has no running requests.
    func whenOver(_ body: @escaping @Sendable (Lane) -> Void) { state.withLock { $0.listeners.append(body) } }

    /// Counts a request of a lane until it is answered.
    ///
    /// - Returns: The return path that the answer must take.
    func counting(_ lane: Lane, _ answer: ReturnPath) -> ReturnPath {
        state.withLock { $0.running[lane, default: 0] += 1 }
        return ReturnPath { result in
            self.answered(lane)
            answer(result)
        }
    }

    private func answered(_ lane: Lane) {
        let isOver = state.withLock { state in
            let left = state.running[lane]! - 1
            state.running[lane] = left == 0 ? nil : left
            return left == 0 && state.ended.remove(lane) != nil
        }
        if isOver { tell(lane) }
    }

    func ended(_ lane: Lane) {
        let isOver = state.withLock { state in
            guard state.running[lane] != nil else { return true }
            state.ended.insert(lane)
            return false
        }
        if isOver { tell(lane) }
    }

    private func tell(_ lane: Lane) {
        for listener in state.withLock({ $0.listeners }) { listener(lane) }
    }
}
