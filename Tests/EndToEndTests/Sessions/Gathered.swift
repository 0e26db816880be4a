import Synchronization
import TestKit

/// The texts that streams of requests have gathered. The streams run at the same time as a test.
final class Gathered: Sendable {
    private let state = Mutex<(texts: [String], isOver: Bool)>(([], false))

    var all: [String] { state.withLock { $0.texts } }

    func add(_ text: String) { state.withLock { $0.texts.append(text) } }

    /// Notes that a stream has ended. Every stream must call this at its end.
    func end() { state.withLock { $0.isOver = true } }

    /// Waits until `count` texts have been gathered.
    ///
    /// - Throws: `Mismatch` if a stream ends before that.
    func wait(for count: Int) async throws {
        try await eventually("\(count) texts") {
            guard !state.withLock({ $0.isOver }) else { throw Mismatch("a stream ended") }
            return all.count >= count
        }
    }
}
