import Input
import Link
import Logging
import NIOCore

/// What a balancer is told of a daemon: a line of HAProxy's agent-check.
package struct AgentCheck: Sendable {
    private let check: SharedCheck<String>

    /// - Parameters:
    ///   - limit: how long the line may take to be made; after that the daemon is said to be down.
    ///   - line: returns the line without its end.
    package init(limit: Duration = .seconds(1), _ line: @escaping @Sendable () async -> String) {
        check = SharedCheck(limit: limit, line)
    }

    /// How many wait for the line.
    var waitingCount: Int { check.waitingCount }

    fileprivate func answer() async -> ByteBuffer {
        ByteBuffer(string: (await check.value ?? "down #daemon: no answer within \(check.limit)") + "\n")
    }
}

extension Daemon {
    /// Tells whoever connects there how the daemon is, until the listener is drained. That leaves no line in the log.
    ///
    /// - Throws: `StartError` that names the address.
    package static func answer(
        _ check: AgentCheck, at endpoint: Endpoint, group: any EventLoopGroup, logger: Logger
    ) async throws -> Listener {
        let listener = try await listenForMonitoring(endpoint, group) { channel, place in
            try channel.pipeline.syncOperations.addHandler(AgentCheckHandler(check, place))
        }
        logger.info("agent checks are answered", metadata: ["address": "\(listener.address)"])
        return listener
    }
}

/// Says the line, and closes the connection. What the other end says is passed over.
final class AgentCheckHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let check: AgentCheck
    /// Kept for as long as the line is being made too, whatever became of the connection.
    private let place: ProbePlaces.Place

    init(_ check: AgentCheck, _ place: ProbePlaces.Place) {
        self.check = check
        self.place = place
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        Task { [check, place, channel] in
            let octets = await check.answer()
            withExtendedLifetime(place) {}
            channel.eventLoop.execute {
                channel.writeAndFlush(octets).whenComplete { _ in channel.closeAfterAnswer() }
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
