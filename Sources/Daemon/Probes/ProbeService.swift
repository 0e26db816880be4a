import Link
import NIOCore

/// The listener for monitoring, and the task that takes samples for its status page.
package struct ProbeService: Sendable {
    private let listener: Listener
    private let sampling: Task<Void, Never>

    package init(_ listener: Listener, _ history: RequestHistory) {
        self.listener = listener
        sampling = Task { await history.run() }
    }

    package func end() async {
        sampling.cancel()
        await listener.drain(limit: .seconds(1))
    }
}
