import Logging
import NIOCore
import Wire

/// Runs the far end of a link on a connection: the requests of many lanes come in, and their replies go out.
package final class DownstreamHandler: ChannelDuplexHandler, AnswerReceiver {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = Never
    package typealias OutboundOut = ByteBuffer

    /// The machine and its output, which are used together.
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
    /// Whether there is more to write than leaves at once, or more to do.
    private var hasBacklog = false
    private var hasDeferredRead = false
    private var context: ChannelHandlerContext?
    package private(set) var loop: (any EventLoop)?
    private var turn: TurnEndTask?
    private var silence: SilenceDetector
    private var silenceTimer: RepeatedTask?

    /// - Parameters:
    ///   - number: the link's number in this process.
    ///   - id: the proxy's name for the link.
    ///   - count: the count of the link's lanes.
    ///   - idle: the time after which the link ends if nothing ever came on it.
    ///   - memory: the memory for the bodies of its requests; nil if it is not limited.
    ///   - input: the bytes that came after the line that asked for a link.
    package init(
        name: String, number: UInt64, id: UInt32?, responder: any Responder, count: SessionCount,
        idle: TimeAmount = SessionTimeouts().idle, memory: BodyMemory? = nil, logger: Logger, input: ByteBuffer
    ) {
        silence = SilenceDetector(idle: idle)
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
        // The other end of a link never closes one direction alone, so the end of the input is the end of the link.
        try? context.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
        count.addLinks(1)
        turn = TurnEndTask(on: context.eventLoop) { self.run() }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        silenceTimer = context.eventLoop.scheduleRepeatedTask(
            initialDelay: SilenceDetector.interval, delay: SilenceDetector.interval
        ) { _ in
            bound.value.checkSilence()
        }
        if end.machine.hasInput { silence.heard() }
        end.announce(name, responder.manifest)
        run()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        silenceTimer.take()?.cancel()
        count.addLinks(-1)
        count.addLanes(-end.machine.openLanes.count)
        (self.context, turn) = (nil, nil)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        // No request of a link may follow its end.
        self.context = nil
        for lane in end.machine.openLanes { responder.ended(lane: lane) }
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        silence.heard()
        end.machine.received(&bytes)
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        run()
        context.fireChannelReadComplete()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ManifestChangeEvent:
            end.announce(name, responder.manifest)
            run()
        case is DrainEvent:
            LinkNote.stopping.write(into: &end.output.bytes)
            run()
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    package func read(context: ChannelHandlerContext) {
        if !hasBacklog, !end.machine.isFull, context.channel.isWritable {
            context.read()
        } else {
            hasDeferredRead = true
        }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if hasBacklog { turn?.yield() } else { continueReading(context) }
        context.fireChannelWritabilityChanged()
    }

    private func checkSilence() {
        if end.machine.hasBeenPinged { silence.asked() }
        guard silence.tick(), let context else { return }
        logger.warning("a proxy's link was silent for too long and is closed")
        context.close(promise: nil)
    }

    private func continueReading(_ context: ChannelHandlerContext) {
        guard hasDeferredRead, !end.machine.isFull, context.channel.isWritable else { return }
        hasDeferredRead = false
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
            logger.logRateLimited(.warning, "a link breaks the protocol and is closed", reason: "\(error)")
            context.close(promise: nil)
        }
        isRunning = false
        let hasMore = !isFailed && end.writeMore()
        let leavesMore = context.write(share: end.output.takeShare())
        hasBacklog = !isFailed && (budget.isOver || hasMore || leavesMore)
        if hasBacklog { turn?.yield() } else { continueReading(context) }
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
