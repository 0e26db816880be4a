import Input
import Link
import Logging
import NIOCore
import NIOHTTP1

/// Thrown when `probeConnections` connections are already open.
struct TooManyProbes: Error {}

extension Daemon {
    /// The number of connections that monitoring may have at one time. Any further connection is closed.
    static let probeConnections = 16
    /// The longest time that such a connection lasts, whatever the other end does.
    private static let probePatience = TimeAmount.seconds(5)

    /// Answers probes at an endpoint until the listener is drained. The probes leave no line in the log.
    ///
    /// - Throws: `StartError` that names the address.
    package static func answer(
        _ probes: Probes, at endpoint: Endpoint, group: any EventLoopGroup, logger: Logger
    ) async throws -> Listener {
        let listener = try await listenForMonitoring(endpoint, group) { channel, slot in
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(ProbeInputLimit())
            try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
            try pipeline.addHandler(ProbeHandler(probes, slot))
        }
        logger.info("metrics are served", metadata: ["address": "\(listener.address)"])
        return listener
    }

    /// Listens for connections of monitoring. Their number is limited, and each handler must keep the slot that it
    /// gets.
    ///
    /// - Throws: `StartError` that names the address.
    static func listenForMonitoring(
        _ endpoint: Endpoint, _ group: any EventLoopGroup,
        initialize: @escaping @Sendable (any Channel, ProbeSlots.Slot) throws -> Void
    ) async throws -> Listener {
        let slots = ProbeSlots(probeConnections)
        return try await listen(endpoint, group: group) { channel in
            guard let slot = slots.take() else { throw TooManyProbes() }
            let deadline = channel.eventLoop.scheduleTask(in: probePatience) { channel.close(promise: nil) }
            channel.closeFuture.whenComplete { _ in deadline.cancel() }
            try initialize(channel, slot)
        }
    }
}

extension Channel {
    /// Ends a connection after its answer is written. The other end has a second to hang up. If the connection were
    /// closed while bytes of it are unread, the answer would be lost.
    func closeAfterAnswer() {
        close(mode: .output, promise: nil)
        _ = eventLoop.scheduleTask(in: .seconds(1)) { self.close(promise: nil) }
    }
}
