import NIOCore

/// A function that runs once at the end of a turn, for objects that are few.
///
/// The owner must release this when it closes, because the function usually refers to the owner. A weak reference would
/// make all other references to the owner slower.
///
/// Confined to its event loop.
final class TurnEndTask: TurnEndWorker {
    private let loop: any EventLoop
    private let work: () -> Void
    var isScheduled = false
    /// The loop's queue, which is looked up in the first turn that needs it.
    private(set) lazy var turnEndQueue: TurnEndQueue? = LoopResources.of(loop).turnEndQueue

    init(on loop: any EventLoop, _ work: @escaping () -> Void) {
        self.loop = loop
        self.work = work
    }

    func runAtTurnEnd() {
        isScheduled = false
        work()
    }
}
