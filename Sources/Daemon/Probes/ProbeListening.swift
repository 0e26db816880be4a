import Input
import Link
import Logging
import NIOCore
import NIOHTTP1

/// Thrown when `probeConnections` connections are already open.
struct TooManyProbes: Error {}

extension Daemon {
    /// Connections that monitoring may have at a time; one more is closed.
    static let probeConnections = 16
    /// The time that such a connection lasts at most, whatever the other end does.
    private static let probePatience = TimeAmount.seconds(5)

    /// Answers probes there, until the listener is drained. They leave no line in the log.
    ///
    /// - Throws: `StartError` that names the address.
    package static func answer(
        _ probes: Probes, at endpoint: Endpoint, group: any EventLoopGroup, logger: Logger
    ) async throws -> Listener {
        let listener = try await listenForMonitoring(endpoint, group) { channel, place in
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(ProbeInputLimit())
            try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
            try pipeline.addHandler(ProbeHandler(probes, place))
        }
        logger.info("metrics are served", metadata: ["address": "\(listener.address)"])
        return listener
    }

    /// Listens for connections that are few, each with a place that it has to keep.
    ///
    /// - Throws: `StartError` that names the address.
    static func listenForMonitoring(
        _ endpoint: Endpoint, _ group: any EventLoopGroup,
        initialize: @escaping @Sendable (any Channel, ProbePlaces.Place) throws -> Void
    ) async throws -> Listener {
        let places = ProbePlaces(probeConnections)
        return try await listen(endpoint, group: group) { channel in
            guard let place = places.take() else { throw TooManyProbes() }
            let deadline = channel.eventLoop.scheduleTask(in: probePatience) { channel.close(promise: nil) }
            channel.closeFuture.whenComplete { _ in deadline.cancel() }
            try initialize(channel, place)
        }
    }
}

extension Channel {
    /// Ends a connection whose answer is written. The other end has a second to hang up: to close the connection while
    /// octets of it are unread would discard the answer.
    func closeAfterAnswer() {
        close(mode: .output, promise: nil)
        _ = eventLoop.scheduleTask(in: .seconds(1)) { self.close(promise: nil) }
    }
}
