import Logging
import NIOCore
import Wire

/// Runs the far end of a link on a connection: requests of many lanes in, their replies out.
package final class DownstreamHandler: ChannelDuplexHandler, Asker {
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
    /// Whether more is to be written than goes at once, or more to be done.
    private var isBehind = false
    private var wantsRead = false
    private var context: ChannelHandlerContext?
    package private(set) var loop: (any EventLoop)?
    private var turn: OncePerTurn?
    private var watch: LinkWatch
    private var watching: RepeatedTask?

    /// `number`: of the link, in its process. `id`: the proxy's name for it. `count`: where its lanes are counted. `idle`:
    /// the time after which a link ends on which nothing ever came. `memory`: for the bodies of its requests; nil where that is
    /// not bounded. `input`: what has arrived after the line that asked for a link.
    package init(
        name: String, number: UInt64, id: UInt32?, responder: any Responder, count: SessionCount,
        idle: TimeAmount = Deadlines().idle, memory: BodyMemory? = nil, logger: Logger, input: ByteBuffer
    ) {
        watch = LinkWatch(idle: idle)
        self.name = name
        self.responder = responder
        self.count = count
        self.logger = logger
        machine = DownstreamMachine(number: number, id: id, memory: memory, input: input) {
            responder.makeLaneMemory()
        }
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        (self.context, loop) = (context, context.eventLoop)
        count.addLinks(1)
        turn = OncePerTurn(on: context.eventLoop) { self.run() }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        watching = context.eventLoop.scheduleRepeatedTask(initialDelay: LinkWatch.tick, delay: LinkWatch.tick) { _ in
            bound.value.look()
        }
        if machine.hasInput { watch.heard() }
        machine.announce(name, responder.manifest, into: &output)
        run()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        watching.take()?.cancel()
        count.addLinks(-1)
        count.addLanes(-machine.openLanes.count)
        (self.context, turn) = (nil, nil)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        // No request of a link that has gone may follow its end.
        self.context = nil
        for lane in machine.openLanes { responder.ended(lane: lane) }
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var octets = unwrapInboundIn(data)
        watch.heard()
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
            machine.announce(name, responder.manifest, into: &output)
            run()
        case is Drain:
            LinkNote.stopping.write(into: &output.octets)
            run()
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    package func read(context: ChannelHandlerContext) {
        if !isBehind, !machine.isFull, context.channel.isWritable { context.read() } else { wantsRead = true }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if isBehind { turn?.yield() } else { goOnReading(context) }
        context.fireChannelWritabilityChanged()
    }

    private func look() {
        if machine.hasBeenAsked { watch.asked() }
        guard watch.isGone(), let context else { return }
        logger.warning("nothing has come on a link for too long, and it is closed")
        context.close(promise: nil)
    }

    private func goOnReading(_ context: ChannelHandlerContext) {
        guard wantsRead, !machine.isFull, context.channel.isWritable else { return }
        wantsRead = false
        context.read()
    }

    private func run() {
        guard let context, !isRunning, !isFailed else { return }
        isRunning = true
        var (budget, clock) = (TurnBudget(), TurnClock())
        do throws(WireFault) {
            let manifest = responder.manifest
            while let action = try machine.next(manifest, into: &output, &budget) {
                perform(action, context, &clock)
                if clock.isUp() { budget.end() }
            }
        } catch {
            isFailed = true
            logger.logSparingly(.warning, "a link breaks the protocol and is closed", reason: "\(error)")
            context.close(promise: nil)
        }
        isRunning = false
        let hasMore = !isFailed && machine.writeMore(into: &output)
        let leavesMore = context.write(share: output.takeShare())
        isBehind = !isFailed && (budget.isOver || hasMore || leavesMore)
        if isBehind { turn?.yield() } else { goOnReading(context) }
    }

    private func perform(
        _ action: DownstreamMachine.Action, _ context: ChannelHandlerContext, _ clock: inout TurnClock
    ) {
        switch action {
        case .began:
            count.addLanes(1)
        case .ended(let lane):
            count.addLanes(-1)
            responder.ended(lane: lane)
        case .respond(let ticket, let request, let caller):
            if let answer = responder.answer(to: request, from: caller, &clock) {
                return machine.answered(caller.lane, ticket, answer)
            }
            responder.respond(to: request, from: caller, ReturnPath(self, caller.lane, ticket))
        }
    }

    package func answered(_ lane: Lane, _ ticket: Ticket, _ answer: consuming Answer) {
        machine.answered(lane, ticket, answer)
        if !isRunning { turn?.schedule() }
    }
}
