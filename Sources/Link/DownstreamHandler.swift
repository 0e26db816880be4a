import Logging
import NIOCore
import Wire

/// Runs the far end of a link on a connection: requests of many lanes in, their replies out.
package final class DownstreamHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = Never
    package typealias OutboundOut = ByteBuffer

    private let name: String
    private let responder: any Responder
    private let count: SessionCount
    private let logger: Logger
    private var machine: DownstreamMachine
    private var output = Outbox()
    private var isRunning = false
    private var isFailed = false
    /// Whether more is to be written than goes at once.
    private var isBehind = false
    private var wantsRead = false
    private var context: ChannelHandlerContext?
    private var turn: OncePerTurn?

    /// `number`: of the link, in its process. `id`: what the proxy calls it. `count`: where its lanes are counted. `input`: what has arrived behind the
    /// line that asked for a link.
    package init(
        name: String, number: UInt64, id: UInt32?, responder: any Responder, count: SessionCount, logger: Logger,
        input: ByteBuffer
    ) {
        self.name = name
        self.responder = responder
        self.count = count
        self.logger = logger
        machine = DownstreamMachine(number: number, id: id, input: input)
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        count.addLinks(1)
        turn = OncePerTurn(on: context.eventLoop) { self.run() }
        machine.announce(name, responder.manifest, into: &output)
        run()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        count.addLinks(-1)
        count.addLanes(-machine.openLanes.count)
        (self.context, turn) = (nil, nil)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        for lane in machine.openLanes { responder.ended(lane: lane) }
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var octets = unwrapInboundIn(data)
        machine.received(&octets)
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        run()
        context.fireChannelReadComplete()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            // Nobody is left to read a reply: the other end of a link never closes one half.
            context.close(promise: nil)
        case is ManifestChange:
            responder.manifestChanged()
            machine.announce(name, responder.manifest, into: &output)
            run()
        case is Drain:
            LinkLine.stopping.write(into: &output.octets)
            run()
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    package func read(context: ChannelHandlerContext) {
        if !isBehind, context.channel.isWritable { context.read() } else { wantsRead = true }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if isBehind { turn?.yield() } else { goOnReading(context) }
        context.fireChannelWritabilityChanged()
    }

    private func goOnReading(_ context: ChannelHandlerContext) {
        guard wantsRead, context.channel.isWritable else { return }
        wantsRead = false
        context.read()
    }

    private func run() {
        guard let context, !isRunning, !isFailed else { return }
        isRunning = true
        do throws(WireFault) {
            let manifest = responder.manifest
            while let action = try machine.next(manifest, into: &output) { perform(action, context) }
        } catch {
            isFailed = true
            logger.logSparingly(.warning, "a link breaks the protocol and is closed", reason: "\(error)")
            context.close(promise: nil)
        }
        isRunning = false
        guard let contents = output.takeShare() else { return }
        isBehind = contents.leavesMore
        context.write(all: contents)
        if isBehind { turn?.yield() } else { goOnReading(context) }
    }

    private func perform(_ action: DownstreamMachine.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .began:
            count.addLanes(1)
        case .ended(let lane):
            count.addLanes(-1)
            responder.ended(lane: lane)
        case .respond(let ticket, let request, let caller):
            responder.respond(to: request, from: caller, on: context.eventLoop) { [lane = caller.lane] answer in
                self.machine.answered(lane, ticket, answer)
                if !self.isRunning { self.turn?.schedule() }
            }
        }
    }
}
