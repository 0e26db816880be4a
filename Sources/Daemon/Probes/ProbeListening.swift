import Input
import Link
import Logging
import NIOCore
import NIOHTTP1
import Telemetry
import Wire

/// Thrown when no slot is free for a connection of monitoring.
struct TooManyProbes: Error {}

extension Daemon {
    /// The number of connections that monitoring may have at one time. One address may have a quarter of them.
    static let probeConnections = 64
    /// The longest time that such a connection lasts, whatever the other end does.
    private static let probePatience = TimeAmount.seconds(5)

    /// Answers probes at an endpoint until the listener is drained. The probes leave no line in the log.
    ///
    /// - Parameter clients: The clients that may ask. Others get 403.
    /// - Throws: `StartError` that names the address.
    package static func answer(
        _ probes: Probes, at endpoint: Endpoint, for clients: ProbeClients, group: any EventLoopGroup, logger: Logger
    ) async throws -> Listener {
        let strangers = ProbeSlots(probeConnections)
        let listener = try await listenForMonitoring(
            endpoint, group, refusing: strangers, unless: clients
        ) { channel, slot in
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
    /// - Parameters:
    ///   - strangers: The slots of clients that may not ask.
    ///   - clients: The clients that may ask; nil if all may.
    /// - Throws: `StartError` that names the address.
    static func listenForMonitoring(
        _ endpoint: Endpoint, _ group: any EventLoopGroup, refusing strangers: ProbeSlots = ProbeSlots(0),
        unless clients: ProbeClients? = nil,
        initialize: @escaping @Sendable (any Channel, ProbeSlots.Slot) throws -> Void
    ) async throws -> Listener {
        let slots = ProbeSlots(probeConnections)
        return try await listen(endpoint, group: group) { channel in
            let isAdmitted = clients?.contain(channel.remoteAddress) != false
            let client = channel.remoteAddress.flatMap { address in
                address.ipAddress.map { _ in Network(peer: address.text, bits4: 32, bits6: 64) }
            }
            let close = { @Sendable in channel.close(promise: nil) }
            guard let slot = (isAdmitted ? slots : strangers).take(for: client, close: close) else {
                throw TooManyProbes()
            }
            let deadline = channel.eventLoop.scheduleTask(in: probePatience) { channel.close(promise: nil) }
            channel.closeFuture.whenComplete { _ in deadline.cancel() }
            guard isAdmitted else { return try channel.pipeline.syncOperations.addHandler(ProbeRefusal(slot)) }
            try initialize(channel, slot)
        }
    }
}

extension PrometheusRegistry {
    /// Observes the metrics of this process and of its program.
    package func observeProcess() { observeProcess(version: Version.number, commit: Version.commit) }
}

extension Channel {
    /// Ends a connection after its answer is written. The other end has a second to hang up. If the connection were
    /// closed while bytes of it are unread, the answer would be lost.
    func closeAfterAnswer() {
        close(mode: .output, promise: nil)
        _ = eventLoop.scheduleTask(in: .seconds(1)) { self.close(promise: nil) }
    }
}
