/// An object whose work runs once at the end of an event loop's turn, however often it is scheduled during the turn.
/// Confined to the event loop.
protocol TurnEndWorker: AnyObject {
    /// The loop's queue; nil if the worker is closed.
    var turnEndQueue: TurnEndQueue? { get }
    /// Whether the work is scheduled. It is false again when the work begins.
    var isScheduled: Bool { get set }

    func runAtTurnEnd()
}

extension TurnEndWorker {
    func schedule() {
        guard !isScheduled, let turnEndQueue else { return }
        isScheduled = true
        turnEndQueue.add(self)
    }

    /// Schedules the work for a later turn, after the loop has polled and has handled the channels that are ready.
    func yield() {
        guard !isScheduled, let turnEndQueue else { return }
        isScheduled = true
        turnEndQueue.addLater(self)
    }
}
