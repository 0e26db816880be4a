import Input
import Link
import Logging
import NIOCore

/// The check that a balancer makes of a daemon: it gets one line of HAProxy's agent-check.
package struct AgentCheck: Sendable {
    private let check: SharedCheck<String>

    /// Creates a check.
    ///
    /// - Parameters:
    ///   - limit: The time in which the line must be made. After that the answer says that the daemon is down.
    ///   - line: A closure that returns the line without its end.
    package init(limit: Duration = .seconds(1), _ line: @escaping @Sendable () async -> String) {
        check = SharedCheck(limit: limit, line)
    }

    /// The number of callers that wait for the line.
    var waitingCount: Int { check.waitingCount }

    fileprivate func answer() async -> ByteBuffer {
        ByteBuffer(string: (await check.value ?? "down #daemon: no answer within \(check.limit)") + "\n")
    }
}

extension Daemon {
    /// Answers agent checks at an endpoint until the listener is drained. Every connection gets a line about the
    /// state of the daemon. The checks leave no line in the log.
    ///
    /// - Throws: `StartError` that names the address.
    package static func answer(
        _ check: AgentCheck, at endpoint: Endpoint, group: any EventLoopGroup, logger: Logger
    ) async throws -> Listener {
        let listener = try await listenForMonitoring(endpoint, group) { channel, slot in
            try channel.pipeline.syncOperations.addHandler(AgentCheckHandler(check, slot))
        }
        logger.info("agent checks are answered", metadata: ["address": "\(listener.address)"])
        return listener
    }
}

/// Writes the line and closes the connection. Input from the other end is ignored.
final class AgentCheckHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let check: AgentCheck
    /// The slot of the connection. It is kept while the line is being made, even if the connection has closed.
    private let slot: ProbeSlots.Slot

    init(_ check: AgentCheck, _ slot: ProbeSlots.Slot) {
        self.check = check
        self.slot = slot
        // The connection itself is the request.
        slot.isAsked()
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        Task { [check, slot, channel] in
            let bytes = await check.answer()
            withExtendedLifetime(slot) {}
            channel.eventLoop.execute {
                channel.writeAndFlush(bytes).whenComplete { _ in channel.closeAfterAnswer() }
            }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is DrainEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
