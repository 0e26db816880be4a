import Commands
import Secrets
import Synchronization
import TestKit
import Wire

/// An executor that runs the jobs of tasks only when `step` is called.
private final class Stepper: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])
    private let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        arrival.yield()
    }

    /// Waits for the next job, and runs it.
    func step() async {
        for await _ in arrivals { break }
        jobs.withLock { $0.removeFirst() }.runSynchronously(on: asUnownedTaskExecutor())
    }
}

/// A check of the right password that has taken its place. It keeps the place until `letGo` is called.
struct HeldPlace {
    private let stepper: Stepper
    private let task: Task<Bool, any Error>

    init(_ hasher: Hasher, _ phc: String, from peer: String = "192.0.2.1:1") async {
        while true {
            let (stepper, isOver) = (Stepper(), Flag())
            let task = Task(executorPreference: stepper) {
                defer { isOver.value.store(true, ordering: .relaxed) }
                return try await hasher.verify(
                    SecretBytes(Array("correct horse".utf8)), against: phc, for: .at(peer))
            }
            await stepper.step()
            guard isOver.value.load(ordering: .relaxed) else {
                (self.stepper, self.task) = (stepper, task)
                return
            }
            // If the hash was done before the task waited for it, no place is held, and the loop tries again.
        }
    }

    func letGo() async throws -> Bool {
        await stepper.step()
        return try await task.value
    }
}

private final class Flag: Sendable {
    let value = Atomic(false)
}
