@preconcurrency import Dispatch
import Foundation

extension Daemon {
    /// Returns a stream with an event for SIGHUP, from now until the stream is released. Signals that arrive while
    /// one is handled make one more event together, so the last signal is never lost. Before this call,
    /// ``main(_:program:_:settings:)`` has SIGHUP ignored.
    package static func hangUps() async -> AsyncStream<Void> {
        let (events, event) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
        source.setEventHandler { event.yield() }
        event.onTermination = { _ in source.cancel() }
        await withCheckedContinuation { registered in
            source.setRegistrationHandler { registered.resume() }
            source.resume()
        }
        return events
    }
}
