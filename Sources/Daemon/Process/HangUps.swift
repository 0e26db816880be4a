@preconcurrency import Dispatch
import Foundation

extension Daemon {
    /// An event for SIGHUP, from now on and until the stream is let go. Those that come while one is handled make one
    /// more event together, so the last signal is never lost. ``main(_:program:_:settings:)`` has it ignored till then.
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
