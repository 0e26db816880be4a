import Dispatch

/// A load's pace: a tick at each interval, from now on, until the task that awaits them is cancelled.
package func ticks(every interval: DispatchTimeInterval) -> AsyncStream<Void> {
    AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
        let clock = TickClock(every: interval) { continuation.yield() }
        continuation.onTermination = { _ in clock.stop() }
    }
}

/// A timer of Dispatch's, which may be stopped from any thread.
private final class TickClock: @unchecked Sendable {
    private let timer = DispatchSource.makeTimerSource(queue: .global())

    init(every interval: DispatchTimeInterval, _ tick: @escaping @Sendable () -> Void) {
        timer.setEventHandler { tick() }
        timer.schedule(deadline: .now(), repeating: interval)
        timer.resume()
    }

    func stop() { timer.cancel() }
}
