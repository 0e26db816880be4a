import Synchronization
import Wire

/// The sessions that ask plugin processes. A plugin hears of a session's end when nothing more comes of it: a request that is
/// still looked at when its session ends would come to the plugin behind that end, and be of a session without one.
final class PluginLanes: Sendable {
    private struct State {
        /// Requests under way, by lane.
        var running: [Lane: Int] = [:]
        /// Lanes that have ended with requests under way.
        var ended: Set<Lane> = []
        var listeners: [@Sendable (Lane) -> Void] = []
    }

    private let state = Mutex(State())

    /// Calls `body` for each session that has ended.
    func whenOver(_ body: @escaping @Sendable (Lane) -> Void) { state.withLock { $0.listeners.append(body) } }

    /// Counts a request of a lane until it is answered.
    ///
    /// - Returns: the way for its answer.
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
