import Dispatch
import Foundation
import Glibc
import Synchronization

/// Threads for long work that let other work run first. They have a higher nice value (sched(7)), so an event loop
/// need not wait until their time slices end.
final class LowPriorityThreads: Sendable {
    /// The nice value of the threads. With it, a thread gets about a tenth of the processor time of an ordinary
    /// thread while both have work.
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

        /// Runs jobs in their order, until the semaphore is signalled while no job waits.
        func run() {
            // The nice value applies to the calling thread only, because on Linux each thread has its own. If the
            // call fails, the thread runs at its ordinary priority.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, LowPriorityThreads.niceness)
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
