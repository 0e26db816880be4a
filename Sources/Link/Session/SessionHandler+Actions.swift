import NIOCore
import Wire

extension SessionHandler {
    func perform(
        _ action: consuming SessionMachine.Action, _ context: ChannelHandlerContext, _ clock: inout TurnClock
    ) {
        switch consume action {
        case .respond(let ticket, let request):
            let id = RequestID(link: shared.settings.id, lane: lane, number: ticket.number + 1)
            let request = request.called(id)
            let caller = machine.caller(in: lane, memory: memory)
            if let answer = responder.answer(to: request, from: caller, &clock) {
                return machine.answered(ticket, answer)
            }
            if let stream = request.rest { stream.whenTaken(scheduling()) }
            responder.respond(to: request, from: caller, ReturnPath(self, lane, ticket))
        case .becomeLink(let rest, let id):
            becomeLink(context, rest, id)
        case .startTLS:
            startTLS(context)
        case .close:
            isLingering = true
            context.write(last: output.take(), lingering: lingering)
        }
    }

    package func answered(_ lane: Lane, _ ticket: Ticket, _ answer: consuming Answer) {
        if let stream = answer.arriving?.stream { stream.whenChanged(scheduling()) }
        machine.answered(ticket, answer)
        // All answers of one turn of the event loop leave in one write.
        if !isRunning { schedule() }
    }

    /// Returns a function that continues the session when a message that is passed on in parts has changed.
    private func scheduling() -> @Sendable () -> Void {
        guard let loop = context?.eventLoop else { return {} }
        let bound = NIOLoopBound(self, eventLoop: loop)
        return { bound.value.schedule() }
    }

    /// Starts TLS. The output so far leaves before TLS, and input from now on comes through TLS.
    private func startTLS(_ context: ChannelHandlerContext) {
        hasBacklog = false
        context.write(all: output.take())
        do {
            guard let tls = shared.settings.tls else { return context.close(promise: nil) }
            try context.pipeline.syncOperations.addHandlers(tls.serverHandlers(), position: .first)
            deadline.handshakeBegan()
            machine.tlsBegan()
        } catch {
            context.close(promise: nil)
        }
    }

    /// Replaces the session by a link. The link keeps the session's slot, so that links of an address count as its
    /// sessions.
    private func becomeLink(_ context: ChannelHandlerContext, _ rest: ByteBuffer, _ id: UInt32?) {
        let (channel, hasDeferredRead) = (context.channel, hasDeferredRead)
        if let slot = slot.take() {
            let bound = NIOLoopBound(slot, eventLoop: context.eventLoop)
            channel.closeFuture.whenComplete { _ in bound.value.leave() }
        }
        channel.limitBuffers(tight: false)
        makeLink?(context, rest, id)
        // Only this handler has seen the events that came with the first line.
        if machine.inputHasEnded { channel.close(promise: nil) } else if hasDeferredRead { channel.read() }
    }

    /// Releases the memory of bodies that have left, and is called again when the others have.
    func settle(_ context: ChannelHandlerContext) {
        let channel = context.channel
        let unwritten = { self.output.count + ((try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0) }
        guard machine.settle(unwritten: unwritten), !isSettling else { return }
        isSettling = true
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(NIOAny(ByteBuffer())).whenComplete { _ in
            bound.value.isSettling = false
            bound.value.schedule()
        }
    }

    /// The time to wait for the client to close. A client that is refused at the beginning is not waited for, so that
    /// it holds no descriptor. With TLS, the refusal itself waits for the handshake.
    private var lingering: TimeAmount { isRefused && !isTLS ? .zero : shared.settings.timeouts.linger }

    // MARK: - Timeouts

    var deadlineTimer: DeadlineTimer? { loopResources?.deadlineTimer(every: shared.settings.timeouts.interval) }

    func checkDeadline() {
        let timeouts = shared.settings.timeouts
        guard !deadline.isHandshakeOver(timeouts) else {
            context?.close(promise: nil)
            return
        }
        let isWritable = context?.channel.isWritable != false
        guard !isLingering, deadline.isOver(timeouts, isWritable: isWritable, arrived: machine.arrived) else { return }
        machine.timedOut()
        run()
    }
}
