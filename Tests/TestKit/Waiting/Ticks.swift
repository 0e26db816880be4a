import Dispatch

/// Returns a stream with a tick at each interval, from now until the awaiting task is cancelled. It sets the pace of
/// a load.
package func ticks(every interval: DispatchTimeInterval) -> AsyncStream<Void> {
    AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
        let clock = TickClock(every: interval) { continuation.yield() }
        continuation.onTermination = { _ in clock.stop() }
    }
}

/// A Dispatch timer that can be stopped from any thread.
private final class TickClock: @unchecked Sendable {
    private let timer = DispatchSource.makeTimerSource(queue: .global())

    init(every interval: DispatchTimeInterval, _ tick: @escaping @Sendable () -> Void) {
        timer.setEventHandler { tick() }
        timer.schedule(deadline: .now(), repeating: interval)
        timer.resume()
    }

    func stop() { timer.cancel() }
}
