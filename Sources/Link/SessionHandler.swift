import NIOCore
import Wire

/// Tells every handler of a channel to finish what is under way and end.
package struct Drain: Sendable {
    package init() {}
}

/// Runs a session's machine on a connection: it moves octets and answers, and decides nothing.
package final class SessionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = Never
    package typealias OutboundOut = ByteBuffer

    private let responder: any Responder
    private let greeting: Reply
    private let lane: UInt64
    private let deadlines: Deadlines
    /// Puts the far end of a link in this handler's place.
    private let becomeLink: ((ChannelHandlerContext, ByteBuffer) -> Void)?

    private var machine: SessionMachine
    private var peer = ""
    private var output = Outbox()
    private var isRunning = false
    private var isLingering = false
    private var wantsRead = false
    private var clock: RepeatedTask?
    private var waited: (wait: SessionMachine.Wait, turn: UInt64, since: NIODeadline)
    private var context: ChannelHandlerContext?
    private var turn: OncePerTurn?

    /// `lane`: the session's number, unique among those that share its responder.
    package init(
        lane: UInt64, responder: any Responder, greeting: Reply, full: Limits = .session,
        stranger: Limits = .stranger, deadlines: Deadlines = Deadlines(),
        becomeLink: ((ChannelHandlerContext, ByteBuffer) -> Void)? = nil
    ) {
        self.lane = lane
        self.responder = responder
        self.greeting = greeting
        self.deadlines = deadlines
        self.becomeLink = becomeLink
        machine = SessionMachine(full: full, stranger: stranger, takesLinks: becomeLink != nil)
        waited = (.nothing, 0, .now())
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        turn = OncePerTurn(on: context.eventLoop) { [weak self] in self?.run() }
        peer = context.channel.remoteAddress?.text ?? "local"
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        clock?.cancel()
        self.context = nil
    }

    package func channelActive(context: ChannelHandlerContext) {
        greeting.write(form: .line, result: .plain, into: &output.octets)
        startClock(context)
        run()
        context.fireChannelActive()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        clock?.cancel()
        // No request of a session that has gone may follow its end.
        self.context = nil
        responder.ended(lane: lane)
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isLingering else { return }
        var octets = unwrapInboundIn(data)
        machine.received(&octets)
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        run()
        context.fireChannelReadComplete()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed where isLingering:
            context.close(promise: nil)
        case ChannelEvent.inputClosed:
            machine.inputEnded()
            run()
        case is Drain:
            machine.drain()
            run()
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A connection that was reset has nobody left to tell.
        context.close(promise: nil)
    }

    /// Reading waits while what was read cannot be answered: the client has to wait too.
    package func read(context: ChannelHandlerContext) {
        if isLingering || machine.wantsInput && context.channel.isWritable {
            context.read()
        } else {
            wantsRead = true
        }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        run()
        context.fireChannelWritabilityChanged()
    }

    // MARK: - The machine's turn

    private func run() {
        guard let context, !isRunning else { return }
        isRunning = true
        while context.channel.isWritable || output.isEmpty {
            guard let action = machine.next(responder.manifest, into: &output.octets) else { break }
            perform(action, context)
        }
        isRunning = false
        flush(context)
        watch()
        if wantsRead, machine.wantsInput, context.channel.isWritable {
            wantsRead = false
            context.read()
        }
    }

    private func perform(_ action: SessionMachine.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .respond(let ticket, let request):
            let caller = Caller(lane: lane, peer: peer, token: machine.token)
            responder.respond(to: request, from: caller, on: context.eventLoop) { answer in
                self.machine.answered(ticket, answer)
                // Answers that come in one turn of the loop leave in one write.
                if !self.isRunning { self.turn?.schedule() }
            }
        case .becomeLink(let rest):
            becomeLink?(context, rest)
        case .close:
            close(context)
        }
    }

    private func flush(_ context: ChannelHandlerContext) {
        if !output.isEmpty { context.writeAndFlush(wrapOutboundOut(output.take()), promise: nil) }
    }

    /// Says the last words, then waits a little for the client to hang up first: closing on input that was not read
    /// would take back what was written.
    private func close(_ context: ChannelHandlerContext) {
        isLingering = true
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(output.take())).whenComplete { _ in
            channel.close(mode: .output, promise: nil)
            channel.read()
        }
        _ = channel.eventLoop.scheduleTask(in: deadlines.linger) { channel.close(promise: nil) }
    }

    // MARK: - Deadlines

    private func startClock(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let interval = deadlines.interval
        clock = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            bound.value.checkDeadline()
        }
    }

    /// Notes when what the session waits for began.
    private func watch() {
        let wait = machine.wait
        if wait != waited.wait || machine.turn != waited.turn { waited = (wait, machine.turn, .now()) }
    }

    private func checkDeadline() {
        guard !isLingering, let limit = deadlines.limit(for: waited.wait), NIODeadline.now() - waited.since >= limit
        else { return }
        machine.timedOut()
        run()
    }
}

extension SocketAddress {
    /// `address:port`, with brackets where the address has colons.
    package var text: String {
        guard let ip = ipAddress, let port else { return "local" }
        return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
    }
}
