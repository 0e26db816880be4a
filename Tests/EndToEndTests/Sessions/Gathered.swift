import Synchronization
import TestKit

/// What streams of requests, which run beside a test, have gathered until now.
final class Gathered: Sendable {
    private let state = Mutex<(texts: [String], isOver: Bool)>(([], false))

    var all: [String] { state.withLock { $0.texts } }

    func add(_ text: String) { state.withLock { $0.texts.append(text) } }

    /// To be called when a stream ends.
    func end() { state.withLock { $0.isOver = true } }

    /// Returns when there are as many texts; throws when a stream has ended before.
    func wait(for count: Int) async throws {
        try await eventually("\(count) texts") {
            guard !state.withLock({ $0.isOver }) else { throw Mismatch("a stream ended") }
            return all.count >= count
        }
    }
}
