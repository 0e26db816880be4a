import NIOCore
import Synchronization

/// Tells the service manager, while the daemon serves, that it works and what it does.
///
/// The daemon works if each event loop turns, and with it Swift's threads, on which this runs. A database that is down
/// does not count: a restart would not bring it back. A daemon whose event loop is blocked is not reported as working,
/// so its manager restarts it.
package final class ServiceWatch: Sendable {
    /// The time after which the status is made again.
    private static let statusPause = Duration.seconds(10)

    let manager: ServiceManager
    private let turns: SharedCheck<Bool>
    private let status: SharedCheck<String>
    private let pause: Duration
    private let task = Mutex<Task<Void, Never>?>(nil)

    /// Creates a watch, which begins with ``begin()``.
    ///
    /// - Parameters:
    ///   - group: The event loops of the daemon.
    ///   - pause: The time after which the status is made again.
    ///   - status: A closure that returns what the daemon does, in a few words.
    package init(
        _ group: any EventLoopGroup, manager: ServiceManager = .current, pause: Duration = ServiceWatch.statusPause,
        status: @escaping @Sendable () async -> String
    ) {
        (self.manager, self.pause) = (manager, pause)
        let loops = Array(group.makeIterator())
        turns = SharedCheck(limit: (manager.watchdog ?? .seconds(60)) / 4) {
            for loop in loops where (try? await loop.submit({}).get()) == nil { return false }
            return true
        }
        self.status = SharedCheck(limit: .seconds(5), status)
    }

    /// Tells the manager that the daemon is ready, and from then on that it works and what it does, until ``end()``.
    package func begin() {
        manager.tell(.ready)
        guard manager.exists else { return }
        task.withLock { task in
            task = Task {
                await withDiscardingTaskGroup { group in
                    group.addTask { await self.tellStatus() }
                    group.addTask { await self.tellAlive() }
                }
            }
        }
    }

    /// Ends the watch. It must be called before the event loops are shut down.
    package func end() async {
        let task = task.withLock { $0.take() }
        task?.cancel()
        await task?.value
    }

    private func tellStatus() async {
        var last: String?
        while !Task.isCancelled {
            let text = await status.value ?? "no answer within \(status.limit): the daemon is blocked"
            if text != last, manager.tell(.status(text)) { last = text }
            try? await Task.sleep(for: pause)
        }
    }

    /// Reports after each half of the manager's time. If the manager does not take the report, it is tried again soon.
    private func tellAlive() async {
        guard let time = manager.watchdog else { return }
        while !Task.isCancelled {
            let isTold = await turns.value == true && manager.tell(.alive)
            try? await Task.sleep(for: isTold ? time / 2 : time / 16)
        }
    }
}
