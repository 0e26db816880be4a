import Logging
import NIOCore
import Wire

/// Runs the far end of a link on a connection: requests of many lanes in, their replies out.
package final class DownstreamHandler: ChannelDuplexHandler, Asker {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = Never
    package typealias OutboundOut = ByteBuffer

    /// The machine, and what it has written. They are touched together.
    private struct End: ~Copyable {
        var machine: DownstreamMachine
        var output = Outbox()

        mutating func next(
            _ manifest: Manifest, _ budget: inout TurnBudget
        ) throws(WireFault) -> DownstreamMachine.Action? {
            try machine.next(manifest, into: &output, &budget)
        }

        /// Writes more of long replies.
        ///
        /// - Returns: whether there may be more when this was written.
        mutating func writeMore() -> Bool { machine.writeMore(into: &output) }

        mutating func announce(_ name: String, _ manifest: Manifest) {
            machine.announce(name, manifest, into: &output)
        }
    }

    private let name: String
    private let responder: any Responder
    private let count: SessionCount
    private let logger: Logger
    private var end: End
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
        end = End(
            machine: DownstreamMachine(number: number, id: id, memory: memory, input: input) {
                responder.makeLaneMemory()
            })
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        (self.context, loop) = (context, context.eventLoop)
        count.addLinks(1)
        turn = OncePerTurn(on: context.eventLoop) { self.run() }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        watching = context.eventLoop.scheduleRepeatedTask(initialDelay: LinkWatch.tick, delay: LinkWatch.tick) { _ in
            bound.value.look()
        }
        if end.machine.hasInput { watch.heard() }
        end.announce(name, responder.manifest)
        run()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        watching.take()?.cancel()
        count.addLinks(-1)
        count.addLanes(-end.machine.openLanes.count)
        (self.context, turn) = (nil, nil)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        // No request of a link that has gone may follow its end.
        self.context = nil
        for lane in end.machine.openLanes { responder.ended(lane: lane) }
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var octets = unwrapInboundIn(data)
        watch.heard()
        end.machine.received(&octets)
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
            end.announce(name, responder.manifest)
            run()
        case is Drain:
            LinkNote.stopping.write(into: &end.output.octets)
            run()
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    package func read(context: ChannelHandlerContext) {
        if !isBehind, !end.machine.isFull, context.channel.isWritable { context.read() } else { wantsRead = true }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if isBehind { turn?.yield() } else { goOnReading(context) }
        context.fireChannelWritabilityChanged()
    }

    private func look() {
        if end.machine.hasBeenAsked { watch.asked() }
        guard watch.isGone(), let context else { return }
        logger.warning("nothing has come on a link for too long, and it is closed")
        context.close(promise: nil)
    }

    private func goOnReading(_ context: ChannelHandlerContext) {
        guard wantsRead, !end.machine.isFull, context.channel.isWritable else { return }
        wantsRead = false
        context.read()
    }

    private func run() {
        guard let context, !isRunning, !isFailed else { return }
        isRunning = true
        var (budget, clock) = (TurnBudget(), TurnClock())
        do throws(WireFault) {
            let manifest = responder.manifest
            while let action = try end.next(manifest, &budget) {
                perform(consume action, context, &clock)
                if clock.isUp() { budget.end() }
            }
        } catch {
            isFailed = true
            logger.logSparingly(.warning, "a link breaks the protocol and is closed", reason: "\(error)")
            context.close(promise: nil)
        }
        isRunning = false
        let hasMore = !isFailed && end.writeMore()
        let leavesMore = context.write(share: end.output.takeShare())
        isBehind = !isFailed && (budget.isOver || hasMore || leavesMore)
        if isBehind { turn?.yield() } else { goOnReading(context) }
    }

    private func perform(
        _ action: consuming DownstreamMachine.Action, _ context: ChannelHandlerContext, _ clock: inout TurnClock
    ) {
        switch consume action {
        case .began:
            count.addLanes(1)
        case .ended(let lane):
            count.addLanes(-1)
            responder.ended(lane: lane)
        case .respond(let ticket, let request, let caller):
            if let answer = responder.answer(to: request, from: caller, &clock) {
                return end.machine.answered(caller.lane, ticket, answer)
            }
            responder.respond(to: request, from: caller, ReturnPath(self, caller.lane, ticket))
        }
    }

    package func answered(_ lane: Lane, _ ticket: Ticket, _ answer: consuming Answer) {
        end.machine.answered(lane, ticket, answer)
        if !isRunning { turn?.schedule() }
    }
}
