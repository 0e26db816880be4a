import NIOCore
import NIOPosix

/// Lets many calls in one turn of an event loop do its work once, at the turn's end. Confined to the event loop.
protocol TurnEndWorker: AnyObject {
    /// Of its loop; nil where it works no more.
    var turnEnd: TurnEnd? { get }
    /// Whether its work is called for; false from when that is begun.
    var isScheduled: Bool { get set }

    func doTurnEndWork()
}

extension TurnEndWorker {
    func schedule() {
        guard !isScheduled, let turnEnd else { return }
        isScheduled = true
        turnEnd.add(self)
    }

    /// The same, but not before whatever else the loop has to do has had its turn, also what is ready to be read or written.
    func yield() {
        guard !isScheduled, let turnEnd else { return }
        isScheduled = true
        turnEnd.addLater(self)
    }
}

/// Such work by itself, for whoever has one of few.
///
/// Whoever's work it is lets go of this when he ends: what refers to each other is never freed, and a weak reference
/// makes all others to the same object dearer.
///
/// Confined to its event loop.
final class OncePerTurn: TurnEndWorker {
    private let loop: any EventLoop
    private let work: () -> Void
    var isScheduled = false
    /// Of the loop, in whose turn it is looked for.
    private(set) lazy var turnEnd: TurnEnd? = LoopShare.of(loop).turnEnd

    init(on loop: any EventLoop, _ work: @escaping () -> Void) {
        self.loop = loop
        self.work = work
    }

    func doTurnEndWork() {
        isScheduled = false
        work()
    }
}

/// What the connections of an event loop share. Confined to the loop.
final class LoopShare {
    /// Each thread sees its own.
    private nonisolated(unsafe) static let current = ThreadSpecificVariable<LoopShare>()

    let turnEnd: TurnEnd
    let loop: any EventLoop
    private var clocks: [TimeAmount: DeadlineClock] = [:]

    private init(_ loop: any EventLoop) {
        self.loop = loop
        turnEnd = TurnEnd(loop)
    }

    /// That of the loop whose thread this is.
    static func of(_ loop: any EventLoop) -> LoopShare {
        if let known = current.currentValue, known.loop === loop { return known }
        let new = LoopShare(loop)
        current.currentValue = new
        return new
    }

    func clock(every interval: TimeAmount) -> DeadlineClock {
        if let known = clocks[interval] { return known }
        let new = DeadlineClock(on: loop, every: interval)
        clocks[interval] = new
        return new
    }
}

/// What is to be done at the end of an event loop's turn: one task of the loop's for all who wait for it.
final class TurnEnd {
    private static let pause = TimeAmount.microseconds(10)
    /// How long the loop may be kept from looking.
    private static let limit = TimeAmount.milliseconds(4)

    private let loop: any EventLoop
    private var waiting: [any TurnEndWorker] = []
    /// Those whose turn it is; two arrays that take turns keep their memory.
    private var running: [any TurnEndWorker] = []
    private var isRunning = false
    /// The workers whose turn comes when the loop has looked for what is ready.
    private var later = CircularBuffer<any TurnEndWorker>()
    /// Whether the task for them is on its way.
    private var isArmed = false
    private lazy var arm: @Sendable () -> Void = { [loop, bound = NIOLoopBound(self, eventLoop: loop)] in
        _ = loop.scheduleTask(in: TurnEnd.pause) { bound.value.runLater() }
    }
    /// Made once: it refers to this as this does to it, and both last as long as the loop's thread.
    private lazy var task: @Sendable () -> Void = { [bound = NIOLoopBound(self, eventLoop: loop)] in bound.value.run() }

    fileprivate init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func add(_ one: any TurnEndWorker) {
        waiting.append(one)
        if waiting.count == 1, !isRunning { scheduleRun() }
    }

    /// Does the work of one when the loop has looked for what is ready.
    ///
    /// There is one task for all of them: were there several, one of them would always be due while the others work, and the
    /// loop, which does all that is due before it looks, would not look again before all their work is done.
    func addLater(_ one: any TurnEndWorker) {
        later.append(one)
        armLater()
    }

    /// Runs the waiting workers until the limit; the others run after the loop's next look.
    private func runLater() {
        isArmed = false
        let end = NIODeadline.now() + Self.limit
        for count in 1...max(later.count, 1) {
            guard let one = later.popFirst() else { return }
            one.doTurnEndWork()
            if count.isMultiple(of: 8), NIODeadline.now() >= end { break }
        }
        if !later.isEmpty { armLater() }
    }

    private func armLater() {
        guard !isArmed else { return }
        isArmed = true
        // The pause must begin when all else is done.
        loop.execute(arm)
    }

    private func scheduleRun() { loop.execute(task) }

    private func run() {
        isRunning = true
        // The second time for what the first gave rise to: sessions that are answered write to a link.
        for _ in 0..<2 where !waiting.isEmpty {
            swap(&waiting, &running)
            for one in running { one.doTurnEndWork() }
            running.removeAll(keepingCapacity: true)
        }
        isRunning = false
        if !waiting.isEmpty { scheduleRun() }
    }
}
