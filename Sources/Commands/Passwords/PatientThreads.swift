import Dispatch
import Foundation
import Glibc
import Synchronization

/// Threads for work that takes long, which give way to whatever else there is to do: they are nice (sched(7)), so that an
/// event loop that has something to do does not wait for them to be through with their share of time.
final class PatientThreads: Sendable {
    /// A thread gets about a tenth of what another gets that is not nice, while both have work.
    private static let niceness: Int32 = 10

    private final class Jobs: Sendable {
        private let waiting = Mutex<[@Sendable () -> Void]>([])
        private let bell = DispatchSemaphore(value: 0)

        func add(_ job: @escaping @Sendable () -> Void) {
            waiting.withLock { $0.append(job) }
            bell.signal()
        }

        func end(threads: Int) {
            for _ in 0..<threads { bell.signal() }
        }

        /// Runs jobs in their order, until the bell rings when there is none.
        func run() {
            // Of the thread that calls: on Linux each has a niceness of its own. Without it, all is as before.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, PatientThreads.niceness)
            while true {
                bell.wait()
                let job = waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                guard let job else { return }
                job()
            }
        }
    }

    private let jobs = Jobs()
    private let count: Int

    init(count: Int) {
        self.count = count
        for _ in 0..<count { Thread.detachNewThread { [jobs] in jobs.run() } }
    }

    deinit { jobs.end(threads: count) }

    func run(_ job: @escaping @Sendable () -> Void) { jobs.add(job) }
}
