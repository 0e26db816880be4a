import NIOCore

/// The workers that run at the end of an event loop's turn. All of them run in one task of the loop.
final class TurnEndQueue {
    private static let pause = TimeAmount.microseconds(10)
    /// The time for which the workers may keep the loop from polling.
    private static let limit = TimeAmount.milliseconds(4)

    private let loop: any EventLoop
    private var waiting: [any TurnEndWorker] = []
    /// The workers of the current run. This array and `waiting` are swapped, so that both keep their memory.
    private var running: [any TurnEndWorker] = []
    private var isRunning = false
    /// The workers that run after the loop has polled.
    private var later = CircularBuffer<any TurnEndWorker>()
    /// Whether a task for `later` is scheduled.
    private var isArmed = false
    private lazy var arm: @Sendable () -> Void = { [loop, bound = NIOLoopBound(self, eventLoop: loop)] in
        _ = loop.scheduleTask(in: TurnEndQueue.pause) { bound.value.runLater() }
    }
    /// The task of a run, made once. It and this object refer to each other, and both last as long as the loop's
    /// thread.
    private lazy var task: @Sendable () -> Void = { [bound = NIOLoopBound(self, eventLoop: loop)] in bound.value.run() }

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func add(_ one: any TurnEndWorker) {
        waiting.append(one)
        if waiting.count == 1, !isRunning { scheduleRun() }
    }

    /// Adds a worker that runs after the loop has polled.
    ///
    /// There is one task for all such workers. The loop runs all due tasks before it polls. With a task for each
    /// worker, one would always be due, and the loop would poll only after all work is done.
    func addLater(_ one: any TurnEndWorker) {
        later.append(one)
        armLater()
    }

    /// Runs workers until the limit. The others run after the next poll.
    private func runLater() {
        isArmed = false
        let end = NIODeadline.now() + Self.limit
        for count in 1...max(later.count, 1) {
            guard let one = later.popFirst() else { return }
            one.runAtTurnEnd()
            if count.isMultiple(of: 8), NIODeadline.now() >= end { break }
        }
        if !later.isEmpty { armLater() }
    }

    private func armLater() {
        guard !isArmed else { return }
        isArmed = true
        // The pause must begin after all other work of this turn.
        loop.execute(arm)
    }

    private func scheduleRun() { loop.execute(task) }

    private func run() {
        isRunning = true
        // A second round runs the workers that the first one scheduled: sessions that are answered write to a link.
        for _ in 0..<2 where !waiting.isEmpty {
            swap(&waiting, &running)
            for one in running { one.runAtTurnEnd() }
            running.removeAll(keepingCapacity: true)
        }
        isRunning = false
        if !waiting.isEmpty { scheduleRun() }
    }
}
