import NIOCore
import NIOPosix

/// The resources that the connections of an event loop share. Confined to the loop.
final class LoopResources {
    /// The resources of the current thread's loop.
    private nonisolated(unsafe) static let current = ThreadSpecificVariable<LoopResources>()

    let turnEndQueue: TurnEndQueue
    let loop: any EventLoop
    private var deadlineTimers: [TimeAmount: DeadlineTimer] = [:]

    private init(_ loop: any EventLoop) {
        self.loop = loop
        turnEndQueue = TurnEndQueue(loop)
    }

    /// Returns the resources of a loop. It is called on the loop's thread.
    static func of(_ loop: any EventLoop) -> LoopResources {
        if let known = current.currentValue, known.loop === loop { return known }
        let new = LoopResources(loop)
        current.currentValue = new
        return new
    }

    func deadlineTimer(every interval: TimeAmount) -> DeadlineTimer {
        if let known = deadlineTimers[interval] { return known }
        let new = DeadlineTimer(on: loop, every: interval)
        deadlineTimers[interval] = new
        return new
    }
}
